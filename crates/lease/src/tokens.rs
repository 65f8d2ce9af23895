//! What an agent durably refuses: orders that carry an older token than one it has accepted.

use std::collections::BTreeMap;

use model::era::{Era, Token};
use model::id::VmId;
use serde::{Deserialize, Serialize};

/// The tokens that an agent has seen. The caller writes it to disk before it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// The floor: every token below it is refused, for every VM.
    #[serde(default)]
    floor: Token,
    /// The newest era heard of: every older one is refused.
    #[serde(default)]
    era: Era,
    /// Per VM, where it is above the floor.
    #[serde(default)]
    vms: BTreeMap<VmId, Token>,
}

/// Refused: an older token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("token {given} is older than {seen}")]
pub struct Older {
    /// What was given.
    pub given: Token,
    /// What was seen.
    pub seen: Token,
}

impl Seen {
    /// The floor: the agent refuses everything below it.
    pub fn floor(&self) -> Token {
        self.floor
    }

    /// What is refused below for one VM.
    pub fn of(&self, vm: &VmId) -> Token {
        let own = self.vms.get(vm).copied().unwrap_or_default();
        own.max(self.floor).max(Token { era: self.era, ..Token::default() })
    }

    /// Whether an order for a VM may be followed.
    pub fn check(&self, vm: &VmId, token: Token) -> Result<(), Older> {
        let seen = self.of(vm);
        if token < seen { Err(Older { given: token, seen }) } else { Ok(()) }
    }

    /// Whether an order for the whole host may be followed.
    pub fn check_host(&self, token: Token) -> Result<(), Older> {
        let seen = self.floor.max(Token { era: self.era, ..Token::default() });
        if token < seen { Err(Older { given: token, seen }) } else { Ok(()) }
    }

    /// Whether something of this token's era may be followed, whatever its epoch.
    pub fn check_era(&self, token: Token) -> Result<(), Older> {
        let era = self.era.max(self.floor.era);
        let seen = Token { era, ..Token::default() };
        if token.era < era { Err(Older { given: token, seen }) } else { Ok(()) }
    }

    /// Follows an order for a VM: everything older is refused for it from now on, and everything
    /// of an older era for all.
    pub fn accept(&mut self, vm: &VmId, token: Token) -> Result<(), Older> {
        self.check(vm, token)?;
        self.era = self.era.max(token.era);
        if token > self.floor {
            self.vms.insert(vm.clone(), token);
        }
        Ok(())
    }

    /// Seals the host: everything below `token` is refused for every VM from now on.
    pub fn seal(&mut self, token: Token) -> Result<(), Older> {
        self.check_host(token)?;
        self.era = self.era.max(token.era);
        self.floor = token;
        self.vms.retain(|_, own| *own > token);
        Ok(())
    }

    /// Hears of an era; older ones are refused from now on. Says whether it was news.
    pub fn hear(&mut self, era: Era) -> bool {
        let news = era > self.era;
        self.era = self.era.max(era);
        news
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use model::era::Epoch;

    fn token(era: u64, epoch: u64) -> Token {
        Token { era: Era(era), epoch: Epoch(epoch) }
    }

    #[test]
    fn an_older_token_is_refused_per_vm_and_the_same_one_is_a_repeat() {
        let mut seen = Seen::default();
        let (first, second) = (VmId::from("v1"), VmId::from("v2"));
        seen.accept(&first, token(1, 7)).unwrap();
        assert_eq!(seen.check(&first, token(1, 7)), Ok(()));
        assert_eq!(
            seen.accept(&first, token(1, 6)),
            Err(Older { given: token(1, 6), seen: token(1, 7) })
        );
        assert_eq!(seen.check(&second, token(1, 6)), Ok(()), "another VM has its own");
    }

    #[test]
    fn a_seal_holds_for_every_vm() {
        let mut seen = Seen::default();
        seen.accept(&"v1".into(), token(1, 9)).unwrap();
        seen.seal(token(1, 8)).unwrap();
        assert!(seen.check(&"v2".into(), token(1, 7)).is_err());
        assert!(seen.check(&"v1".into(), token(1, 8)).is_err(), "its own is higher still");
        assert!(seen.seal(token(1, 3)).is_err());
    }

    #[test]
    fn an_older_era_is_refused_for_every_vm_whatever_its_epoch() {
        let mut seen = Seen::default();
        seen.accept(&"v1".into(), token(2, 1)).unwrap();
        assert!(seen.check(&"v2".into(), token(1, 999)).is_err());
        assert!(seen.check_host(token(1, 999)).is_err());
        assert!(seen.check_era(token(1, 999)).is_err());
        assert!(seen.check_era(token(2, 0)).is_ok());
        assert!(seen.hear(Era(3)));
        assert!(seen.check(&"v1".into(), token(2, 5)).is_err());
    }

    #[test]
    fn what_was_seen_survives_the_disk() {
        let mut seen = Seen::default();
        seen.accept(&"v1".into(), token(1, 9)).unwrap();
        seen.seal(token(1, 4)).unwrap();
        let disk = serde_json::to_string(&seen).unwrap();
        assert_eq!(serde_json::from_str::<Seen>(&disk).unwrap(), seen);
    }
}
