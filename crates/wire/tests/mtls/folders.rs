//! The folders that a new cluster gets, and what is said of damaged ones.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use model::id::ControllerId;
use wire::ca::{
    Authority, CaError, ClusterPlan, Validity, cluster_init, load_audit_keys, load_audit_signer,
};
use wire::identity::Identity;
use wire::tls::{Credentials, CredentialsError};

use crate::cluster::{Cluster, plan};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_new_cluster_has_a_folder_for_everyone_and_keeps_secrets_to_their_owner() {
    let cluster = Cluster::new();
    for (folder, identity) in [
        ("controller-1", "controller/1"),
        ("controller-3", "controller/3"),
        ("agent-a1", "agent/a1"),
        ("device-a", "device/a"),
        ("person-admin", "person/admin"),
    ] {
        let credentials = cluster.credentials(folder);
        assert_eq!(credentials.identity().to_string(), identity);
        assert_eq!(credentials.cluster(), "clinic");
        assert_eq!(mode(&cluster.folder(folder)), 0o700, "{folder}");
        assert_eq!(mode(&cluster.folder(folder).join("key.pem")), 0o600, "{folder}");
    }
    assert_eq!(mode(&cluster.folder("")), 0o700);
    assert_eq!(mode(&cluster.folder("ca")), 0o700);
    assert_eq!(mode(&cluster.folder("ca/ca-key.pem")), 0o600);
    assert_eq!(mode(&cluster.folder("controller-1/audit.key")), 0o600);
}

#[test]
fn every_folder_knows_the_keys_under_which_the_rooms_sign() {
    let cluster = Cluster::new();
    let known = load_audit_keys(&cluster.folder("person-admin")).unwrap();
    assert_eq!(known.len(), 3);
    for (nth, folder) in ["controller-1", "controller-2", "controller-3"].iter().enumerate() {
        let signer = load_audit_signer(&cluster.folder(folder)).unwrap();
        assert_eq!(known[nth], signer.verifier());
    }
}

#[test]
fn a_cluster_is_never_made_over_another() {
    let cluster = Cluster::new();
    let before = fs::read(cluster.folder("ca/ca-key.pem")).unwrap();
    let error = cluster_init(&cluster.folder(""), &plan()).unwrap_err();
    assert!(matches!(error, CaError::Exists { .. }));
    assert!(error.to_string().contains("nothing is overwritten"), "{error}");
    assert_eq!(fs::read(cluster.folder("ca/ca-key.pem")).unwrap(), before);
}

#[test]
fn a_plan_that_cannot_be_carried_out_leaves_nothing_behind() {
    let there = |change: fn(&mut ClusterPlan)| {
        let parent = tempfile::tempdir().unwrap();
        let mut plan = plan();
        change(&mut plan);
        let error = cluster_init(&parent.path().join("keys"), &plan).unwrap_err();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0, "{error}");
        error.to_string()
    };
    let says = there(|plan| plan.cluster = String::new());
    assert!(says.contains("a cluster needs a name"), "{says}");
    let says = there(|plan| plan.members.clear());
    assert!(says.contains("at least one controller"), "{says}");
    let says = there(|plan| plan.members.push((ControllerId(4), "a".into())));
    assert!(says.contains("room a is named twice"), "{says}");
    let says = there(|plan| plan.hosts.push("a1".into()));
    assert!(says.contains("agent/a1 is named twice"), "{says}");
    let says = there(|plan| plan.hosts.push("h".repeat(80).as_str().into()));
    assert!(says.contains("shorten the id"), "{says}");
}

#[test]
fn a_host_with_an_odd_name_gets_a_certificate_too() {
    let parent = tempfile::tempdir().unwrap();
    let odd = ["ESX_01", "esx_01", "hôte 1", "../up", "esx.clinic.example"];
    let plan = ClusterPlan { hosts: odd.iter().map(|&host| host.into()).collect(), ..plan() };
    let folder = parent.path().join("keys");
    cluster_init(&folder, &plan).unwrap();
    for host in plan.hosts {
        let identity = Identity::Agent(host);
        Credentials::load_as(&folder.join(identity.folder()), &identity).unwrap();
    }
}

#[test]
fn the_authority_can_be_used_again_later() {
    let cluster = Cluster::new();
    let authority = Authority::load(&cluster.folder("ca")).unwrap();
    assert_eq!(authority.cluster(), "clinic");
    let late = Identity::Agent("c9".into());
    let folder = cluster.folder("agent-c9");
    authority.issue(&late).unwrap().save(&folder).unwrap();
    Credentials::load_as(&folder, &late).unwrap();
}

fn refusal(folder: &Path) -> CredentialsError {
    Credentials::load(folder).unwrap_err()
}

#[test]
fn a_key_that_others_may_read_is_refused_with_what_to_run() {
    let cluster = Cluster::new();
    for (bits, shown) in [(0o644, "0644"), (0o640, "0640"), (0o604, "0604"), (0o660, "0660")] {
        let key = cluster.folder("controller-1/key.pem");
        fs::set_permissions(&key, Permissions::from_mode(bits)).unwrap();
        let says = refusal(&cluster.folder("controller-1")).to_string();
        assert!(says.contains(shown) && says.contains("chmod 600"), "{says}");
    }
    let audit = cluster.folder("controller-2/audit.key");
    fs::set_permissions(&audit, Permissions::from_mode(0o644)).unwrap();
    let says = load_audit_signer(&cluster.folder("controller-2")).unwrap_err().to_string();
    assert!(says.contains("chmod 600"), "{says}");
}

#[test]
fn a_missing_file_is_named() {
    for file in ["cert.pem", "key.pem", "ca.pem"] {
        let cluster = Cluster::new();
        fs::remove_file(cluster.folder("agent-a1").join(file)).unwrap();
        let says = refusal(&cluster.folder("agent-a1")).to_string();
        assert!(says.contains(&format!("{file} is missing")), "{says}");
    }
}

#[test]
fn a_damaged_file_is_named() {
    for file in ["cert.pem", "key.pem", "ca.pem"] {
        for content in
            ["", "not pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
        {
            let cluster = Cluster::new();
            fs::write(cluster.folder("agent-a1").join(file), content).unwrap();
            let says = refusal(&cluster.folder("agent-a1")).to_string();
            assert!(says.contains(&format!("{file} is damaged")), "{file}: {says}");
        }
    }
}

#[test]
fn files_of_two_folders_or_two_clusters_are_told_apart() {
    let (ours, theirs) = (Cluster::new(), Cluster::new());
    fs::copy(theirs.folder("agent-a1/ca.pem"), ours.folder("agent-a1/ca.pem")).unwrap();
    let says = refusal(&ours.folder("agent-a1")).to_string();
    assert!(says.contains("was not signed by the authority"), "{says}");
    fs::copy(ours.folder("agent-b1/key.pem"), ours.folder("controller-1/key.pem")).unwrap();
    let says = refusal(&ours.folder("controller-1")).to_string();
    assert!(says.contains("don't belong together"), "{says}");
    let one = Identity::Controller(ControllerId(1), "a".into());
    let says = Credentials::load_as(&ours.folder("controller-2"), &one).unwrap_err().to_string();
    assert!(says.contains("holds the certificate of controller/2"), "{says}");
    assert!(says.contains("name the folder of controller/1"), "{says}");
}

#[test]
fn a_certificate_outside_its_dates_is_refused_before_anyone_is_called() {
    let cluster = Cluster::new();
    let host = Identity::Agent("a9".into());
    let folder = cluster.folder("agent-a9");
    cluster.authority.issue_for(&host, Validity::past(9, 2)).unwrap().save(&folder).unwrap();
    assert!(matches!(refusal(&folder), CredentialsError::Expired { .. }));
    let now = std::time::SystemTime::now();
    let hour = std::time::Duration::from_secs(3600);
    let future = Validity { from: now + hour, until: now + 2 * hour };
    let folder = cluster.folder("agent-a9-early");
    cluster.authority.issue_for(&host, future).unwrap().save(&folder).unwrap();
    let says = refusal(&folder).to_string();
    assert!(says.contains("clock is probably wrong"), "{says}");
}

#[test]
fn nothing_that_holds_a_key_prints_it() {
    let cluster = Cluster::new();
    let secret = fs::read_to_string(cluster.folder("controller-1/key.pem")).unwrap();
    let line = secret.lines().nth(1).unwrap();
    let printed = format!("{:?} {:?}", cluster.credentials("controller-1"), cluster.authority);
    assert!(!printed.contains(line) && !printed.contains("PRIVATE"), "{printed}");
}
