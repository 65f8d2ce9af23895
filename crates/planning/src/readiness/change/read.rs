//! From words to a change.

use std::str::FromStr;

use model::id::{ControllerId, HostId, ServiceId, VmId};
use model::units::{CpuCount, MemoryMib, Span};

use super::{Change, ChangeError, Size};

impl Change {
    /// Reads changes, separated by semicolons.
    pub fn read_all(text: &str) -> Result<Vec<Self>, ChangeError> {
        let parts: Vec<&str> =
            text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            return Err(ChangeError::NotUnderstood {
                text: text.to_owned(),
                expected: "nothing is written".to_owned(),
            });
        }
        parts.into_iter().map(str::parse).collect()
    }
}

impl FromStr for Change {
    type Err = ChangeError;

    fn from_str(text: &str) -> Result<Self, ChangeError> {
        let mut words = Words { text, rest: words(text) };
        let change = change(&mut words)?;
        match words.rest.first() {
            None => Ok(change),
            Some(word) => Err(words.wrong(&format!("`{word}` says nothing here"))),
        }
    }
}

/// The words, with a figure's unit joined to it (`64 GiB`), without those that only please the ear.
fn words(text: &str) -> Vec<&str> {
    let separators = |c: char| c.is_whitespace() || c == ',';
    text.split(separators).filter(|word| !word.is_empty() && *word != "and").collect()
}

struct Words<'t> {
    text: &'t str,
    rest: Vec<&'t str>,
}

impl<'t> Words<'t> {
    fn wrong(&self, expected: &str) -> ChangeError {
        ChangeError::NotUnderstood { text: self.text.to_owned(), expected: expected.to_owned() }
    }

    fn next(&mut self, expected: &str) -> Result<&'t str, ChangeError> {
        if self.rest.is_empty() {
            return Err(self.wrong(&format!("{expected} is missing at its end")));
        }
        Ok(self.rest.remove(0))
    }

    /// Takes this word if it is the next one.
    fn takes(&mut self, word: &str) -> bool {
        let found = self.rest.first() == Some(&word);
        if found {
            self.rest.remove(0);
        }
        found
    }

    fn must_take(&mut self, word: &str) -> Result<(), ChangeError> {
        if self.takes(word) { Ok(()) } else { Err(self.wrong(&format!("`{word}` is expected"))) }
    }

    fn id<T: From<String>>(&mut self, what: &str) -> Result<T, ChangeError> {
        self.next(what).map(|word| T::from(word.to_owned()))
    }

    fn size(&mut self) -> Result<Size, ChangeError> {
        let number = self.next("how many cpus")?;
        let cpus = number.parse().map(CpuCount);
        let cpus = cpus.map_err(|_| self.wrong(&format!("`{number}` is no number of cpus")))?;
        if !self.takes("cpus") && !self.takes("cpu") {
            return Err(self.wrong("`cpus` is expected after their number"));
        }
        let mut memory = self.next("how much memory")?.to_owned();
        if memory.bytes().all(|byte| byte.is_ascii_digit()) && !self.rest.is_empty() {
            memory += self.rest.remove(0);
        }
        let memory: MemoryMib = memory
            .parse()
            .map_err(|error: model::units::MemoryError| self.wrong(&error.to_string()))?;
        Ok(Size { cpus, memory })
    }
}

fn change(words: &mut Words<'_>) -> Result<Change, ChangeError> {
    match words.next("what changes")? {
        "room" => {
            let room = words.id("its name")?;
            words.must_take("gone")?;
            Ok(Change::RoomGone(room))
        }
        "array" => {
            let array = words.id("its name")?;
            words.must_take("gone")?;
            Ok(Change::ArrayGone(array))
        }
        "link" => {
            let link = words.id("its name")?;
            words.must_take("gone")?;
            Ok(Change::LinkGone(link))
        }
        "controller" => {
            let word = words.next("its number")?;
            let number = word.strip_prefix("controller-").unwrap_or(word).parse();
            let number =
                number.map_err(|_| words.wrong(&format!("`{word}` is no controller's number")))?;
            words.must_take("gone")?;
            Ok(Change::ControllerGone(ControllerId(number)))
        }
        "host" => host(words),
        "vm" | "VM" => vm(words),
        "service" => {
            let service: ServiceId = words.id("its name")?;
            words.must_take("within")?;
            let text = words.next("a duration")?;
            let within: Result<Span, _> = text.parse();
            let within = within.map_err(|error| words.wrong(&error.to_string()))?;
            Ok(Change::ServiceWithin(service, within))
        }
        other => Err(words.wrong(&format!(
            "it begins with `{other}`, and should begin with room, host, array, link, controller, \
             vm or service"
        ))),
    }
}

fn host(words: &mut Words<'_>) -> Result<Change, ChangeError> {
    let host: HostId = words.id("its name")?;
    if words.takes("gone") {
        return Ok(Change::HostGone(host));
    }
    if words.takes("with") {
        return Ok(Change::HostSized(host, words.size()?));
    }
    words.must_take("added")?;
    words.must_take("in")?;
    let room = words.id("a room")?;
    words.must_take("with")?;
    let size = words.size()?;
    let like = if words.takes("like") { Some(words.id("a host")?) } else { None };
    Ok(Change::HostAdded { host, room, size, like })
}

fn vm(words: &mut Words<'_>) -> Result<Change, ChangeError> {
    let vm: VmId = words.id("its name")?;
    if words.takes("gone") {
        return Ok(Change::VmGone(vm));
    }
    if words.takes("with") {
        return Ok(Change::VmSized(vm, words.size()?));
    }
    if words.takes("on") {
        return Ok(Change::VmMoved(vm, words.id("a host")?));
    }
    words.must_take("added")?;
    words.must_take("with")?;
    let size = words.size()?;
    let (mut like, mut service, mut home) = (None, None, None);
    loop {
        if words.takes("like") {
            like = Some(words.id("a VM")?);
        } else if words.takes("of") {
            service = Some(words.id("a service")?);
        } else if words.takes("on") {
            home = Some(words.id("a host")?);
        } else {
            return Ok(Change::VmAdded { vm, size, like, service, home });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_line_of_the_grammar_can_be_read() {
        let figures = [
            ("[like VM]", "like dns-1"),
            ("[like HOST]", "like a1"),
            ("[of SERVICE]", "of dns"),
            ("[on HOST]", "on a1"),
            ("NUMBER", "2"),
            ("DURATION", "10m"),
            ("MEMORY", "64 GiB"),
            ("N cpus", "4 cpus and"),
        ];
        for line in super::super::GRAMMAR.lines() {
            let written =
                figures.iter().fold(line.to_owned(), |text, (from, to)| text.replace(from, to));
            let read: Result<Change, _> = written.parse();
            assert!(read.is_ok(), "{written}: {read:?}");
        }
    }

    #[test]
    fn a_vm_is_added_with_its_size() {
        let change: Change = "vm big-1 added with 4 cpus 64GiB".parse().unwrap();
        let size = Size { cpus: CpuCount(4), memory: MemoryMib(64 * 1024) };
        let vm = VmId::from("big-1");
        assert_eq!(change, Change::VmAdded { vm, size, like: None, service: None, home: None });
    }

    #[test]
    fn several_changes_are_separated_by_semicolons() {
        let all = Change::read_all("host a1 gone; service dns within 5m;").unwrap();
        assert_eq!(all.len(), 2);
        assert!(Change::read_all(" ; ").is_err());
    }

    #[test]
    fn what_is_not_understood_says_where_it_stops_making_sense() {
        for (text, words) in [
            ("the fire", "it begins with `the`"),
            ("host a1", "`added` is expected"),
            ("host a1 gone tomorrow", "`tomorrow` says nothing here"),
            ("vm v added with four cpus 1GiB", "`four` is no number of cpus"),
            ("vm v added with 4 cpus 64GB", "is not a memory size"),
            ("vm v added with 4 cpus", "how much memory is missing"),
            ("service dns within soon", "`soon` is not a duration"),
            ("controller one gone", "`one` is no controller's number"),
        ] {
            let error = text.parse::<Change>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
            assert!(error.contains("vm VM added with N cpus MEMORY"), "{error}");
        }
    }
}
