//! A real controller, alone, and everything that a person asks of it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::bascule::{Ran, command, run};

const WITHIN: Duration = Duration::from_secs(60);

struct Controller {
    folder: tempfile::TempDir,
    config: PathBuf,
    port: u16,
    process: Child,
}

fn make_keys(folder: &Path, name: &str) -> PathBuf {
    let to = folder.join(name);
    let ran = run([
        "cluster",
        "init",
        "--dir",
        &to.display().to_string(),
        "--name",
        name,
        "--controllers",
        "1=a",
        "--person",
        "admin=administrator,eye=viewer",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    to
}

impl Controller {
    fn start() -> Self {
        let controller = Self::start_with("{ controller: 1, room: a }");
        controller.until_it_leads();
        controller
    }

    fn start_with(members: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_keys(folder.path(), "alone");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = folder.path().join("controller.yaml");
        let text = format!(
            "cluster: alone\ncontroller: 1\nroom: a\nlisten: 127.0.0.1:{port}\ndata_dir: data\n\
             tls_dir: alone/controller-1\nendpoints: {{ controller/1: ['127.0.0.1:{port}'] }}\n\
             members: [{members}]\nbootstrap: true\n\
             timers: {{ heartbeat_ms: 50, election_min_ms: 150, election_max_ms: 300 }}\n"
        );
        std::fs::write(&config, text).unwrap();
        let process = command()
            .args(["server", "--stop-on-stdin-close", "--config"])
            .arg(&config)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, config, port, process }
    }

    fn ask_as(&self, person: &str, arguments: &[&str]) -> Ran {
        let at = format!("1=127.0.0.1:{}", self.port);
        let keys = self.folder.path().join(person).display().to_string();
        run([arguments, &["--controller", &at, "--tls-dir", &keys]].concat())
    }

    fn ask(&self, arguments: &[&str]) -> Ran {
        self.ask_as("alone/person-admin", arguments)
    }

    fn until_it_leads(&self) {
        let begun = Instant::now();
        loop {
            let ran = self.ask(&["cluster", "status", "-o", "json"]);
            let members = |ran: &Ran| ran.json()["members"].as_array().map_or(0, Vec::len);
            if ran.code == 0 && ran.json()["leader"] == 1 && members(&ran) == 1 {
                return;
            }
            assert!(begun.elapsed() < WITHIN, "it does not lead: {ran:?}");
        }
    }

    fn stop(mut self) -> i32 {
        drop(self.process.stdin.take());
        self.process.wait().unwrap().code().unwrap_or(-1)
    }
}

#[test]
fn a_person_reads_orders_exports_and_verifies() {
    let controller = Controller::start();
    let status = controller.ask(&["status"]);
    assert!(status.code == 0 && status.stdout.contains("controller-1"), "{status:?}");
    let french = controller.ask(&["status", "--lang", "fr"]);
    assert!(french.stdout.contains("aucun n'est encore chargé"), "{french:?}");

    let paused = controller.ask(&["pause", "--for", "30m", "--reason", "test", "-o", "json"]);
    assert_eq!(paused.code, 0, "{paused:?}");
    let index = paused.json()["committed"].as_u64().unwrap();
    assert!(controller.ask(&["status"]).stdout.contains("PAUSED"));
    let too_long = controller.ask(&["pause", "--for", "999h", "--reason", "test"]);
    assert!(too_long.code == 7 && too_long.stderr.contains("at most 24h"), "{too_long:?}");
    assert_eq!(controller.ask(&["resume"]).code, 0);

    let tail = controller.ask(&["audit", "tail", "-o", "json"]);
    let paused =
        tail.json().as_array().unwrap().iter().find(|leaf| leaf["index"] == index).cloned();
    let paused = paused.unwrap_or_else(|| panic!("{tail:?}"));
    assert_eq!(
        (paused["kind"].as_str(), paused["person"].as_str()),
        (Some("paused"), Some("admin"))
    );

    let to = controller.folder.path().join("bundle").display().to_string();
    let exported = controller.ask(&["audit", "export", "--to", &to]);
    assert_eq!(exported.code, 0, "{exported:?}");
    let again = controller.ask(&["audit", "export", "--to", &to]);
    assert!(again.code == 7 && again.stderr.contains("not empty"), "{again:?}");
    let keys = controller.folder.path().join("alone/keys").display().to_string();
    let verified = run(["audit", "verify", &to, "--keys", &keys]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(controller.ask(&["run", "log", "12345"]).code, 6);
    assert_eq!(controller.stop(), 0);
}

#[test]
fn who_may_not_is_told_apart_from_who_is_not_known() {
    let controller = Controller::start();
    let viewer = controller.ask_as("alone/person-eye", &["resume"]);
    assert!(viewer.code == 5 && viewer.stderr.contains("eye may not"), "{viewer:?}");
    assert_eq!(controller.ask_as("alone/person-eye", &["vm", "list", "-o", "json"]).stdout, "[]\n");
    make_keys(controller.folder.path(), "other");
    let stranger = controller.ask_as("other/person-admin", &["status"]);
    assert_eq!(stranger.code, 5, "{stranger:?}");
    assert!(stranger.stderr.contains("another cluster"), "{stranger:?}");
    let tree = controller.ask_as("alone/person-eye", &["service", "tree", "-o", "json"]);
    assert_eq!(tree.json()["services"], serde_json::json!([]), "{tree:?}");
    let missing = controller.ask(&["service", "tree", "viewer"]);
    assert!(missing.code == 6 && missing.stderr.contains("viewer"), "{missing:?}");
    let missing = controller.ask(&["run", "show", "7"]);
    assert!(missing.code == 6 && missing.stderr.contains("run-7"), "{missing:?}");
    let nobody = controller.ask(&["cluster", "transfer-leader", "9"]);
    assert!(nobody.code != 0, "{nobody:?}");
    assert_eq!(controller.stop(), 0);
}

#[test]
fn a_follower_of_the_log_sees_the_next_entry() {
    let controller = Controller::start();
    let at = format!("1=127.0.0.1:{}", controller.port);
    let keys = controller.folder.path().join("alone/person-admin");
    let mut tail = command()
        .args(["audit", "tail", "-n", "1", "--follow", "-o", "json", "--controller", &at])
        .arg("--tls-dir")
        .arg(keys)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    assert_eq!(controller.ask(&["resume"]).code, 0);
    assert!(lines.any(|line| line.unwrap().contains("\"kind\":\"resumed\"")));
    tail.kill().unwrap();
    tail.wait().unwrap();
    assert_eq!(controller.stop(), 0);
}

#[test]
fn a_second_controller_on_the_same_address_does_not_start() {
    let controller = Controller::start();
    let text = std::fs::read_to_string(&controller.config).unwrap();
    let second = controller.folder.path().join("second.yaml");
    std::fs::write(&second, text.replace("data_dir: data", "data_dir: data-2")).unwrap();
    let ran = run(["server", "--config", &second.display().to_string()]);
    assert!(ran.code == 3 && ran.stderr.contains("cannot listen"), "{ran:?}");
    assert_eq!(controller.stop(), 0);
}

#[test]
fn without_a_majority_reading_works_and_an_order_says_why_it_does_not() {
    let controller =
        Controller::start_with("{ controller: 1, room: a }, { controller: 2, room: b }");
    let begun = Instant::now();
    while controller.ask(&["cluster", "status"]).code != 0 {
        assert!(begun.elapsed() < WITHIN, "it does not answer");
    }
    let status = controller.ask(&["status"]);
    assert!(status.code == 0 && status.stdout.contains("nobody"), "{status:?}");
    let order = controller.ask(&["resume"]);
    assert_eq!(order.code, 8, "{order:?}");
    assert!(order.stderr.contains("without a majority"), "{order:?}");
    assert_eq!(controller.stop(), 0);
}

#[test]
fn a_configuration_that_cannot_be_used_ends_with_3() {
    for node in ["server", "agent"] {
        let ran = run([node, "--config", "/nonexistent.yaml"]);
        assert_eq!(ran.code, 3, "{node}: {ran:?}");
    }
}
