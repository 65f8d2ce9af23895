//! S7: what comes back from the dead starts nothing until it is admitted: a host that has booted
//! again needs an entry in the log that admits this very boot, and no host obeys an older era
//! than one that it has obeyed before.

use std::collections::BTreeMap;

use model::era::Era;
use model::id::HostId;
use state_machine::Command;

use super::Checker;
use super::log_order::LogOrder;
use crate::fact::Fact;

/// What is known of a host.
#[derive(Debug, Default)]
struct Host {
    boot: String,
    /// The boot that the log lets in: the first one, until another is admitted.
    admitted: String,
    era: Era,
}

/// The checker.
#[derive(Debug, Default)]
pub(super) struct Quarantine {
    log: LogOrder,
    hosts: BTreeMap<HostId, Host>,
}

impl Checker for Quarantine {
    fn property(&self) -> &'static str {
        "S7-quarantine"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::HostBooted { host, boot } => {
                let known = self
                    .hosts
                    .entry(host.clone())
                    .or_insert_with(|| Host { admitted: boot.clone(), ..Host::default() });
                known.boot.clone_from(boot);
            }
            Fact::VmStarted { vm, host, token: Some(token), key: Some(_) } => {
                let known = self.hosts.entry(host.clone()).or_default();
                if known.boot != known.admitted {
                    return Some(format!(
                        "VM {vm} started on {host}, whose boot {} nobody has admitted",
                        known.boot
                    ));
                }
                if token.era < known.era {
                    return Some(format!(
                        "{host} started VM {vm} under token {token}, and had obeyed era {}",
                        known.era.0
                    ));
                }
                known.era = token.era;
            }
            Fact::Applied { .. } => {
                let committed = self.log.next(fact)?;
                if let Command::HostAdmitted { host, boot, .. } = &committed.entry.command
                    && committed.counts()
                {
                    self.hosts.entry(host.clone()).or_default().admitted.clone_from(boot);
                }
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, silent, started, token};
    use super::*;

    fn booted(boot: &str) -> Fact {
        Fact::HostBooted { host: "a1".into(), boot: boot.to_owned() }
    }

    fn admitted(boot: &str) -> Fact {
        let (host, boot) = ("a1".into(), boot.to_owned());
        let command = Command::HostAdmitted { host, boot, sealed_below: token(4) };
        applied(1, 1, command, Vec::new())
    }

    #[test]
    fn a_start_on_a_boot_that_nobody_admitted_is_caught() {
        let facts = [booted("1"), started("v1", "a1", 3), booted("2"), started("v1", "a1", 5)];
        caught(Quarantine::default(), &facts);
        let stale = [booted("1"), booted("2"), admitted("1"), started("v1", "a1", 5)];
        caught(Quarantine::default(), &stale);
    }

    #[test]
    fn a_start_after_the_admission_is_no_violation() {
        silent(
            Quarantine::default(),
            &[booted("1"), booted("2"), admitted("2"), started("v1", "a1", 5)],
        );
    }

    #[test]
    fn an_older_era_that_is_obeyed_is_caught() {
        let under = |era: u64| match started("v1", "a1", 5) {
            Fact::VmStarted { vm, host, key, token } => {
                let token = token.map(|token| model::era::Token { era: Era(era), ..token });
                Fact::VmStarted { vm, host, key, token }
            }
            other => other,
        };
        caught(Quarantine::default(), &[booted("1"), under(1), under(0)]);
    }
}
