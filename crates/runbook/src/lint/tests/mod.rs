//! What each rule says, as a person sees it.

#![allow(clippy::unwrap_used, clippy::panic)]

mod approval;
mod file;
mod persons;
mod place;
mod rules;

use expect_test::Expect;

use crate::diagnostic::Diagnostic;
use crate::read::read;

const GOOD: &str = "\
apiVersion: bascule/v1
kind: Runbook
metadata:
  name: host-loss
  title: { fr: \"Perte d'un hôte\", en: \"Loss of a host\" }
spec:
  objectives: { rto: 30m }
  defaults: { timeout: 5m, retry: { attempts: 3, backoff: 5s } }
  steps:
    - id: fence
      action: fence.host
      for_each: { hosts: lost }
      expect: 35s
    - id: start
      needs: [fence]
      action: vm.start
      for_each: { vms: lost, order: start-order, at_once: 32 }
      on_failure: ignore
      expect: 10m
    - id: check
      needs: [start]
      action: service.check
      for_each: { services: affected }
      verify: \"probe('service/' + item).ok\"
      expect: 1m
";

fn render(found: &[Diagnostic]) -> String {
    let theme = miette::GraphicalTheme::unicode_nocolor();
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(100);
    let mut text = String::new();
    for one in found {
        handler.render_report(&mut text, one).unwrap();
    }
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Reads the good runbook with one thing changed.
fn changed(from: &str, to: &str, expect: Expect) {
    assert!(GOOD.contains(from), "{from}");
    expect.assert_eq(&render(&read("host-loss.yaml", &GOOD.replacen(from, to, 1)).diagnostics));
}
