//! Reading an estate file.
//!
//! Under `spec`, every section maps ids to entries. A key may be a pattern: `web-{01..12}` stands
//! for twelve objects, `{a,b}{1..2}` for four; lists of ids take patterns too. `defaults` gives
//! `hosts`, `vms` and `services` the keys that an entry leaves out; a key that the entry writes
//! replaces the default whole. In a pattern of VMs, `spread: { home: […], volume: […] }` deals
//! homes and one volume to each VM in turn.

use crate::diagnostic::Diagnostic;
use crate::yaml::{Node, Reader};

use super::{Estate, check, read};

impl Estate {
    /// Reads and checks an estate file (`kind: Estate`). `file` is its name for messages. Gives the
    /// estate with its warnings, or everything that is wrong with the file.
    pub fn parse(file: &str, text: &str) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut reader = Reader::new(file, text, "estate");
        let root = Node::parse(&mut reader.findings);
        let draft = root.as_ref().and_then(|root| read::read(&mut reader, root));
        let mut findings = reader.findings;
        // What could not be read would make every check after it complain too.
        match draft {
            Some(draft) if !findings.has_errors() => {
                check::all(&draft, &mut findings);
                if findings.has_errors() {
                    Err(findings.into_sorted())
                } else {
                    Ok((draft.estate, findings.into_sorted()))
                }
            }
            _ => Err(findings.into_sorted()),
        }
    }
}
