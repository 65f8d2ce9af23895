//! All keys and certificates of a new cluster, in one folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use model::id::{ControllerId, HostId, PersonId, RoomId};

use super::audit_key::{new_signer, save_signer, save_verifiers};
use super::{Authority, CaError};
use crate::identity::Identity;
use crate::private_file::make_folder;

/// Who takes part in a new cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterPlan {
    /// Its name.
    pub cluster: String,
    /// Controllers and their rooms.
    pub members: Vec<(ControllerId, RoomId)>,
    /// Hosts with an agent.
    pub hosts: Vec<HostId>,
    /// Twin rooms, which play devices.
    pub devices: Vec<RoomId>,
    /// People and what they may do.
    pub persons: BTreeMap<PersonId, BTreeSet<String>>,
}

impl ClusterPlan {
    /// Everyone who gets a certificate.
    fn identities(&self) -> Result<Vec<Identity>, CaError> {
        if self.members.is_empty() {
            return Err(CaError::NoMembers);
        }
        let mut rooms = BTreeSet::new();
        for (_, room) in &self.members {
            if !rooms.insert(room) {
                return Err(CaError::Twice { what: format!("room {room}") });
            }
        }
        let members = self.members.iter().cloned().map(|(id, room)| Identity::Controller(id, room));
        let guardians = self.members.iter().map(|(id, _)| Identity::Guardian(*id));
        let hosts = self.hosts.iter().cloned().map(Identity::Agent);
        let devices = self.devices.iter().cloned().map(Identity::Device);
        let persons = self
            .persons
            .iter()
            .map(|(name, roles)| Identity::Person { name: name.clone(), roles: roles.clone() });
        let all: Vec<Identity> =
            members.chain(guardians).chain(hosts).chain(devices).chain(persons).collect();
        let mut folders = BTreeSet::new();
        for identity in &all {
            if !folders.insert(identity.folder()) {
                return Err(CaError::Twice { what: identity.to_string() });
            }
        }
        Ok(all)
    }
}

/// Makes a cluster's authority, certificates and audit keys: `ca/`, and a folder for each
/// controller, agent, device and person, to be carried to where it runs. Either the whole folder
/// is there afterwards, or nothing.
pub fn cluster_init(folder: &Path, plan: &ClusterPlan) -> Result<Authority, CaError> {
    let exists = || CaError::Exists { path: folder.to_owned() };
    if folder.is_symlink() || (folder.exists() && !is_empty_folder(folder)) {
        return Err(exists());
    }
    let identities = plan.identities()?;
    let unfinished = beside(folder);
    make_folder(&unfinished)?;
    let made = fill(&unfinished, plan, &identities).and_then(|authority| {
        // Refused by the kernel if somebody else filled the folder meanwhile.
        fs::rename(&unfinished, folder)
            .map_err(|source| CaError::Folder { path: folder.to_owned(), source })?;
        Ok(authority)
    });
    if made.is_err() {
        // Best effort: what is left has a name of its own and hinders no second try.
        let _ = fs::remove_dir_all(&unfinished);
    }
    made
}

fn fill(folder: &Path, plan: &ClusterPlan, identities: &[Identity]) -> Result<Authority, CaError> {
    let authority = Authority::create(&plan.cluster)?;
    authority.save(&folder.join("ca"))?;
    let mut signers = BTreeMap::new();
    for (id, room) in &plan.members {
        signers.insert(*id, new_signer(&plan.cluster, room)?);
    }
    let verifiers: Vec<_> = signers.values().map(|signer| signer.verifier()).collect();
    save_verifiers(folder, &verifiers)?;
    for identity in identities {
        let own = folder.join(identity.folder());
        authority.issue(identity)?.save(&own)?;
        save_verifiers(&own, &verifiers)?;
        if let Identity::Controller(id, _) = identity
            && let Some(signer) = signers.get(id)
        {
            save_signer(&own, signer)?;
        }
    }
    Ok(authority)
}

fn is_empty_folder(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.with_file_name(format!(".{name}.unfinished-{:016x}", rand::random::<u64>()))
}
