//! One look at something that a room needs to act alone, from this machine.

use std::process::Stdio;

use model::policy::{CheckHow, ReadinessCheck};
use model::units::Span;
use probes::Finding;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::clock;

/// The exit code with which a Nagios plugin says that it does not know.
const DOES_NOT_KNOW: i32 = 3;

/// Looks once. What takes longer than the check may is not known.
pub async fn look(check: &ReadinessCheck) -> Finding {
    let looking = async {
        match &check.how {
            CheckHow::File { path } => file(path).await,
            CheckHow::Certificate { path, alive_for } => certificate(path, *alive_for).await,
            CheckHow::Command { program, args } => command(program, args).await,
        }
    };
    match tokio::time::timeout(check.timeout.to_std(), looking).await {
        Ok(finding) => finding,
        Err(_) => Finding::unknown(format!("no answer within {}", check.timeout)),
    }
}

async fn file(path: &str) -> Finding {
    let mut byte = [0_u8; 1];
    let read = match tokio::fs::File::open(path).await {
        Ok(mut file) => file.read(&mut byte).await,
        Err(error) => Err(error),
    };
    match read {
        Ok(0) => Finding::down(format!("{path} is empty")),
        Ok(_) => Finding::up(format!("{path} can be read")),
        Err(error) => Finding::down(format!("{path} cannot be read: {error}")),
    }
}

async fn certificate(path: &str, alive_for: Span) -> Finding {
    let text = match tokio::fs::read(path).await {
        Ok(text) => text,
        Err(error) => return Finding::down(format!("{path} cannot be read: {error}")),
    };
    let validity = match wire::tls::validity(&text) {
        Ok(validity) => validity,
        Err(error) => return Finding::down(format!("{path} {error}")),
    };
    let now = clock::wall();
    if now < validity.from {
        return Finding::down(format!("the certificate in {path} does not count yet"));
    }
    let left = Span::from_millis(validity.until.0.saturating_sub(now.0));
    let days = left.as_millis() / (24 * 3600 * 1000);
    if left == Span::ZERO {
        Finding::down(format!("the certificate in {path} has ended"))
    } else if left < alive_for {
        Finding::down(format!("the certificate in {path} ends in {days} days"))
    } else {
        Finding::up(format!("the certificate in {path} lives for another {days} days"))
    }
}

async fn command(program: &str, args: &[String]) -> Finding {
    let output =
        Command::new(program).args(args).stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = match output {
        Ok(output) => output,
        Err(error) => return Finding::down(format!("{program} cannot be run: {error}")),
    };
    let said = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().next().unwrap_or_default().trim().to_owned()
    };
    let words = [said(&output.stdout), said(&output.stderr)];
    let words = words.into_iter().find(|words| !words.is_empty()).unwrap_or_default();
    match output.status.code() {
        Some(0) => Finding::up(words),
        Some(DOES_NOT_KNOW) => Finding::unknown(words),
        Some(code) => Finding::down(format!("{program} ended with {code}: {words}")),
        None => Finding::unknown(format!("{program} was ended by a signal")),
    }
}

#[cfg(test)]
mod tests {
    use model::id::RoomId;
    use model::observation::Status;
    use model::text::Text;

    use super::*;

    async fn seen(how: CheckHow) -> (Status, String) {
        let (every, timeout) = (ReadinessCheck::EVERY, Span::from_secs(20));
        let room = RoomId::from("c");
        let check = ReadinessCheck { title: Text::default(), room, how, every, timeout };
        let finding = look(&check).await;
        (finding.status, finding.says)
    }

    fn shell(script: &str) -> CheckHow {
        CheckHow::Command { program: "sh".into(), args: vec!["-c".into(), script.into()] }
    }

    #[tokio::test]
    async fn a_file_is_there_or_empty_or_missing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("password").display().to_string();
        let how = || CheckHow::File { path: path.clone() };
        assert_eq!(seen(how()).await.0, Status::Down);
        std::fs::write(&path, "").expect("written");
        let (status, says) = seen(how()).await;
        assert!(status == Status::Down && says.ends_with("is empty"), "{says}");
        std::fs::write(&path, "secret").expect("written");
        let (status, says) = seen(how()).await;
        assert!(status == Status::Up && !says.contains("secret"), "{says}");
    }

    #[tokio::test]
    async fn only_a_program_that_ends_with_nought_is_well() {
        for (script, status) in [
            ("echo opened", Status::Up),
            ("echo wrong password >&2; exit 1", Status::Down),
            ("exit 2", Status::Down),
            ("exit 3", Status::Unknown),
            ("kill -9 $$", Status::Unknown),
        ] {
            assert_eq!(seen(shell(script)).await.0, status, "{script}");
        }
        let missing = CheckHow::Command { program: "/nonexistent/restic".into(), args: vec![] };
        assert_eq!(seen(missing).await.0, Status::Down);
        let (_, says) = seen(shell("echo wrong password >&2; exit 12")).await;
        assert_eq!(says, "sh ended with 12: wrong password");
    }

    #[tokio::test]
    async fn a_certificate_must_live_long_enough() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let plan = wire::ca::ClusterPlan {
            cluster: "test".into(),
            members: [(model::id::ControllerId(3), "c".into())].into(),
            hosts: Vec::new(),
            devices: Vec::new(),
            persons: Default::default(),
        };
        let pki = folder.path().join("pki");
        wire::ca::cluster_init(&pki, &plan).expect("certificates");
        let path = pki.join("controller-3/cert.pem").display().to_string();
        let day = Span::from_secs(24 * 3600);
        for (days, status) in [(30, Status::Up), (100_000, Status::Down)] {
            let alive_for = day.saturating_mul(days);
            let (found, says) = seen(CheckHow::Certificate { path: path.clone(), alive_for }).await;
            assert_eq!(found, status, "{says}");
        }
        let key = pki.join("controller-3/key.pem").display().to_string();
        let (status, says) = seen(CheckHow::Certificate { path: key, alive_for: day }).await;
        assert!(status == Status::Down && says.contains("holds no certificate"), "{says}");
    }
}
