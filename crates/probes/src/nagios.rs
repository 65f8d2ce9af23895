//! Nagios plugins, unchanged: exit code 0 OK, 1 warning, 2 critical, 3 unknown; one line of text;
//! performance data after `|`.

use std::collections::BTreeMap;
use std::process::Stdio;

use model::observation::Status;
use tokio::process::Command;

use crate::finding::Finding;

/// What a plugin said.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginOutput {
    /// Up for exit codes 0 and 1 (a warning still serves), down for 2, unknown for the rest.
    pub status: Status,
    /// The first line before `|`.
    pub text: String,
    /// Performance data: label to value with its unit, as written.
    pub perfdata: BTreeMap<String, String>,
}

/// Runs a plugin. It is killed when the caller gives up.
pub async fn run(command: &str, args: &[String]) -> Finding {
    let output = Command::new(command)
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            return Finding::unknown(format!("cannot run the plugin {command}: {error}"));
        }
    };
    let parsed = parse(output.status.code(), &String::from_utf8_lossy(&output.stdout));
    Finding { status: parsed.status, ..Finding::up(parsed.text) }
}

/// Reads a plugin's exit code and output.
pub fn parse(exit_code: Option<i32>, stdout: &str) -> PluginOutput {
    let status = match exit_code {
        Some(0 | 1) => Status::Up,
        Some(2) => Status::Down,
        _ => Status::Unknown,
    };
    let first = stdout.lines().next().unwrap_or("");
    let (text, perfdata) = first.split_once('|').unwrap_or((first, ""));
    let text = match (exit_code, text.trim()) {
        (Some(1), text) => format!("warning: {text}"),
        (None, text) => format!("ended by a signal: {text}"),
        (_, text) => text.to_owned(),
    };
    PluginOutput { status, text, perfdata: parse_perfdata(perfdata) }
}

/// `'label with spaces'=value[;warn;crit;min;max] …`
fn parse_perfdata(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (label, after) = if let Some(quoted) = rest.strip_prefix('\'') {
            let Some((label, after)) = quoted.split_once("'=") else { break };
            (label, after)
        } else {
            let Some((label, after)) = rest.split_once('=') else { break };
            (label, after)
        };
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        let value = after[..end].split(';').next().unwrap_or("");
        values.insert(label.trim().to_owned(), value.to_owned());
        rest = after[end..].trim_start();
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_mean_what_nagios_says() {
        let cases = [
            (Some(0), "PING OK - rta 0.1ms", Status::Up, "PING OK - rta 0.1ms"),
            (Some(1), "DISK WARNING", Status::Up, "warning: DISK WARNING"),
            (Some(2), "CRITICAL - refused", Status::Down, "CRITICAL - refused"),
            (Some(3), "UNKNOWN", Status::Unknown, "UNKNOWN"),
            (Some(127), "", Status::Unknown, ""),
            (None, "half", Status::Unknown, "ended by a signal: half"),
        ];
        for (code, stdout, status, text) in cases {
            let read = parse(code, stdout);
            assert_eq!((read.status, read.text.as_str()), (status, text), "exit code {code:?}");
        }
    }

    #[test]
    fn perfdata_is_read_with_quoted_labels_and_thresholds() {
        let read = parse(Some(0), "OK | time=0.02s;1;2;0;10 'free space'=81%;;;0;100\nmore text");
        assert_eq!(read.text, "OK");
        assert_eq!(read.perfdata["time"], "0.02s");
        assert_eq!(read.perfdata["free space"], "81%");
    }

    #[test]
    fn malformed_perfdata_is_left_out_and_breaks_nothing() {
        assert!(parse(Some(0), "OK | 'open=1").perfdata.is_empty());
        assert!(parse(Some(0), "OK | ;;;").perfdata.is_empty());
        assert!(parse(Some(0), "|").perfdata.is_empty());
    }
}
