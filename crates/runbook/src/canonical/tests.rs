#![allow(clippy::unwrap_used)]

use expect_test::expect;
use proptest::prelude::*;
use serde_json::Value;

use super::{CanonicalError, canonical};
use crate::keys::{Block, FILE, Holds};
use crate::skeleton::LIBRARY;
use crate::yaml::RawFile;

/// What the reader makes of a file, places aside.
fn said(text: &str) -> String {
    let reading = crate::read("file.yaml", text);
    let mut codes: Vec<&str> = reading.diagnostics.iter().map(|one| one.code).collect();
    codes.sort_unstable();
    format!("{:?} {codes:?}", reading.runbook)
}

#[test]
fn what_is_shipped_is_in_canonical_form() {
    for (name, text) in LIBRARY {
        assert_eq!(canonical(text).unwrap(), *text, "{name}");
    }
}

#[test]
fn keys_are_put_in_order_blocks_on_one_line_and_comments_stay_with_their_neighbours() {
    let text = "\
# The head of the file.

# It stays the head.
kind: Runbook   # what it is
apiVersion: bascule/v1
spec:
    steps:
    # Above the first step.
    - action: fence.host
      # Above its id.
      id: fence
      expect: 35s # measured in May
      for_each:
          hosts: lost
      # Below the whole step.

    - { id: start, needs: [ fence ], action: vm.start, expect: 8m,
        for_each: { order: start-order,   vms: lost } } # beside the second


    # Before the third.
    - id: check
      needs:
      - start   # the VMs
      - fence
      action: service.check
      for_each: {services: affected}
      verify: |
        probe('service/' + item).ok
          && true
    # At the end of the steps.
    defaults:
      retry: # of all
        backoff: 5s
        attempts: 3
    objectives: {\"rto\": 30m}
metadata: { title: { en: 'Loss, with a comma', fr: Perte d'un hôte }, name: host-loss }
# At the end of the file.
";
    let written = canonical(text).unwrap();
    expect![[r#"
        # The head of the file.

        # It stays the head.
        apiVersion: bascule/v1
        kind: Runbook # what it is
        metadata:
          name: host-loss
          title: { fr: Perte d'un hôte, en: 'Loss, with a comma' }
        spec:
          objectives: { rto: 30m }
          # At the end of the steps.
          defaults:
            retry: { attempts: 3, backoff: 5s } # of all
          steps:
            # Above the first step.
            # Above its id.
            - id: fence
              action: fence.host
              for_each: { hosts: lost }
              expect: 35s # measured in May
              # Below the whole step.

            # beside the second
            - id: start
              needs: [fence]
              action: vm.start
              for_each: { vms: lost, order: start-order }
              expect: 8m

            # Before the third.
            - id: check
              needs:
                - start # the VMs
                - fence
              action: service.check
              for_each: { services: affected }
              verify: |
                probe('service/' + item).ok
                  && true
        # At the end of the file.
    "#]]
    .assert_eq(&written);
    assert_eq!(canonical(&written).unwrap(), written);
    assert_eq!(said(&written), said(text));
}

#[test]
fn line_ends_of_another_system_and_the_mark_of_a_document_are_style() {
    for (name, text) in LIBRARY {
        assert_eq!(canonical(&text.replace('\n', "\r\n")).unwrap(), *text, "{name}");
        let marked = text.replacen("apiVersion:", "---\napiVersion:", 1);
        assert_eq!(canonical(&marked).unwrap(), *text, "{name}");
    }
}

#[test]
fn what_can_not_be_kept_is_refused_with_its_line() {
    let with = |from: &str, to: &str| {
        let text = LIBRARY[1].1;
        assert!(text.contains(from), "{from}");
        canonical(&text.replacen(from, to, 1)).unwrap_err()
    };
    for (from, to, says) in [
        ("timeout: 5m, retry", "timeout: &five 5m, retry", "holds an anchor or a tag"),
        ("name: host-loss", "name: !!str host-loss", "holds an anchor or a tag"),
        ("rto: 30m", "rot: 30m", "unknown field `rot`"),
        ("kind: Runbook", "kind: [", "not a runbook that can be read"),
    ] {
        let error = with(from, to).to_string();
        assert!(error.contains(says), "{from} -> {to}: {error}");
    }
    let error = with("expect: 35s", "expect: &e 35s");
    assert!(matches!(error, CanonicalError::NoPlace { line, .. } if line > 30), "{error}");
}

/// Draws from bytes that proptest chose, so that a failing file shrinks.
struct Draw<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Draw<'_> {
    fn below(&mut self, n: usize) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte) % n.max(1)
    }
}

/// A file with some of the keys that there are, in any order and style, with comments anywhere.
struct Author<'a> {
    draw: Draw<'a>,
    out: String,
    comments: usize,
    /// A literal block is open: what is as deep as its text is text.
    literal: bool,
}

impl Author<'_> {
    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# note {}", self.comments)
    }

    /// Lines of its own before an entry that is so deep.
    fn above(&mut self, indent: usize) {
        for _ in 0..[0, 0, 0, 1, 2][self.draw.below(5)] {
            if self.draw.below(3) == 0 {
                self.out.push('\n');
            }
            let column = match self.draw.below(4) {
                _ if self.literal => indent,
                0 => 0,
                1 => indent + 2,
                2 => indent + 7,
                _ => indent,
            };
            let comment = self.comment();
            self.out.push_str(&format!("{:column$}{comment}\n", ""));
        }
        if self.draw.below(6) == 0 {
            self.out.push_str("\n\n");
        }
    }

    fn end_of_line(&mut self) {
        if self.draw.below(5) == 0 {
            let comment = self.comment();
            self.out.push_str(&format!("  {comment}"));
        }
        self.out.push('\n');
    }

    fn chosen(&mut self, block: &'static Block) -> Vec<&'static crate::keys::Key> {
        let mut keys: Vec<_> =
            block.keys.iter().filter(|key| key.required || self.draw.below(2) == 0).collect();
        for from in (1..keys.len()).rev() {
            keys.swap(from, self.draw.below(from + 1));
        }
        keys
    }

    fn scalar(&mut self, holds: &Holds, in_flow: bool) -> String {
        let texts = [
            "simple",
            "\"with: colon, and # no comment\"",
            "'it''s quoted'",
            "\"tab\\tand \\\"quotes\\\" é\"",
            "plain text of some words",
            "12",
            "\"\"",
            "true",
        ];
        match holds {
            Holds::Just(word) => (*word).to_owned(),
            Holds::Name => ["a", "step-1", "'b'"][self.draw.below(3)].to_owned(),
            Holds::Expression => "\"probe('service/' + item).ok\"".to_owned(),
            Holds::Duration => ["5m", "\"90s\"", "1h30m"][self.draw.below(3)].to_owned(),
            Holds::Number(from) => (from + 1).to_string(),
            Holds::Flag => "true".to_owned(),
            Holds::OneOf(words) => words[self.draw.below(words.len())].to_owned(),
            Holds::Action => "vm.start".to_owned(),
            Holds::Incident => "room-lost".to_owned(),
            _ if in_flow => texts[self.draw.below(texts.len())].to_owned(),
            _ => match self.draw.below(texts.len() + 2) {
                at if at < texts.len() => texts[at].to_owned(),
                8 => "plain, with commas [and] {brackets}".to_owned(),
                _ => "a: b".replace(": ", ":"),
            },
        }
    }

    fn flow(&mut self, holds: &'static Holds) -> String {
        match holds {
            Holds::Keys(block) => {
                let parts: Vec<String> = self
                    .chosen(block)
                    .into_iter()
                    .map(|key| format!("{}: {}", key.name, self.flow(&key.holds)))
                    .collect();
                format!("{{{}}}", parts.join(", "))
            }
            Holds::List(of) => {
                let parts: Vec<String> = (0..self.draw.below(3)).map(|_| self.flow(of)).collect();
                format!("[ {} ]", parts.join(" , "))
            }
            scalar => self.scalar(scalar, true),
        }
    }

    fn map(&mut self, block: &'static Block, indent: usize, mut behind_dash: bool) {
        for key in self.chosen(block) {
            if !behind_dash {
                self.above(indent);
                self.out.push_str(&format!("{:indent$}", ""));
            }
            behind_dash = false;
            self.out.push_str(key.name);
            self.out.push(':');
            self.value(&key.holds, indent);
        }
    }

    fn value(&mut self, holds: &'static Holds, indent: usize) {
        let flow = self.draw.below(3) == 0;
        self.literal = false;
        match holds {
            Holds::Keys(block) if !flow && block.keys.iter().any(|key| key.required) => {
                self.end_of_line();
                let deeper = indent + 1 + self.draw.below(4);
                self.map(block, deeper, false);
            }
            Holds::List(of) if !flow => {
                self.end_of_line();
                let deeper = indent + self.draw.below(3);
                for _ in 0..=self.draw.below(3) {
                    self.above(deeper);
                    self.out.push_str(&format!("{:deeper$}- ", ""));
                    match of {
                        Holds::Keys(block) if self.draw.below(3) > 0 => {
                            self.map(block, deeper + 2, true);
                        }
                        _ => {
                            let flow = self.flow(of);
                            self.out.push_str(&flow);
                            self.end_of_line();
                        }
                    }
                }
            }
            Holds::Text if self.draw.below(6) == 0 => {
                let deeper = indent + 2;
                self.literal = true;
                self.out.push_str(&format!(
                    " |\n{:deeper$}first line\n\n{:deeper$}  # no comment\n",
                    "", ""
                ));
            }
            Holds::Text if self.draw.below(6) == 0 => {
                let deeper = indent + 2;
                self.out.push_str(&format!(" words that go on\n{:deeper$}here\n", ""));
            }
            Holds::Keys(_) | Holds::List(_) => {
                let flow = self.flow(holds);
                self.out.push_str(&format!(" {flow}"));
                self.end_of_line();
            }
            scalar => {
                let scalar = self.scalar(scalar, false);
                self.out.push_str(&format!(" {scalar}"));
                self.end_of_line();
            }
        }
    }
}

/// A file, and how many comments stand in it.
fn file(bytes: &[u8]) -> (String, usize) {
    let draw = Draw { bytes, at: 0 };
    let mut author = Author { draw, out: String::new(), comments: 0, literal: false };
    author.map(&FILE, 0, false);
    author.above(0);
    (author.out, author.comments)
}

proptest! {
    #[test]
    fn the_canonical_form_means_the_same_keeps_every_comment_and_is_its_own_canonical_form(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let (text, comments) = file(&bytes);
        prop_assert!(serde_saphyr::from_str::<RawFile>(&text).is_ok(), "{text}");
        let written = canonical(&text);
        prop_assert!(written.is_ok(), "{written:?}\n{text}");
        let written = written.unwrap();
        prop_assert_eq!(said(&text), said(&written), "{}\n{}", text, written);
        let value = |text: &str| serde_saphyr::from_str::<Value>(text).unwrap();
        prop_assert_eq!(value(&text), value(&written), "{}\n{}", text, written);
        let notes = |text: &str| {
            let mut notes: Vec<String> = text
                .lines()
                .filter_map(|line| Some(line.get(line.find("# note ")?..)?.trim().to_owned()))
                .flat_map(|notes| notes.split("# ").map(str::trim).map(str::to_owned).collect::<Vec<_>>())
                .filter(|note| !note.is_empty())
                .collect();
            notes.sort();
            notes
        };
        prop_assert_eq!(notes(&text).len(), comments, "{}", text);
        prop_assert_eq!(notes(&text), notes(&written), "{}\n{}", text, written);
        prop_assert_eq!(canonical(&written).unwrap(), written, "{}", text);
    }
}
