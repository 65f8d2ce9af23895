//! What the lab needs of the machine.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::LabError;

const BUSYBOX: &[&str] = &["/usr/bin/busybox", "/bin/busybox"];

/// Files of the machine that the lab uses.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) qemu: PathBuf,
    pub(super) busybox: PathBuf,
    pub(super) kernel: PathBuf,
}

/// Who may make namespaces.
pub(super) fn root() -> Result<(), LabError> {
    if rustix::process::geteuid().is_root() { Ok(()) } else { Err(LabError::NotRoot) }
}

/// Finds everything, or names all that is missing at once.
pub(super) fn find() -> Result<Machine, LabError> {
    let mut missing: Vec<(&str, &str)> = Vec::new();
    let mut program = |name: &'static str, package: &'static str, places: &[&str]| {
        let found = places.iter().map(PathBuf::from).find(|path| path.exists());
        if found.is_none() {
            missing.push((name, package));
        }
        found.unwrap_or_default()
    };
    program("ip", "iproute2", &["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"]);
    program("nft", "nftables", &["/usr/sbin/nft", "/sbin/nft"]);
    let qemu = program("qemu-system-x86_64", "qemu-system-x86", &["/usr/bin/qemu-system-x86_64"]);
    let busybox = program("busybox", "busybox-static", BUSYBOX);
    let kernel = newest_kernel(&names(Path::new("/boot")));
    if kernel.is_none() {
        missing.push(("a cloud kernel in /boot", "linux-image-cloud-amd64"));
    }
    if missing.is_empty() {
        let kernel = Path::new("/boot").join(kernel.unwrap_or_default());
        return Ok(Machine { qemu, busybox, kernel });
    }
    let join = |words: Vec<&str>, by: &str| words.join(by);
    Err(LabError::Missing {
        missing: join(missing.iter().map(|(name, _)| *name).collect(), ", "),
        packages: join(missing.iter().map(|(_, package)| *package).collect(), " "),
    })
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The newest by its version's numbers: 6.1.0-9 is older than 6.1.0-10.
fn newest_kernel(names: &[String]) -> Option<String> {
    let cloud = names.iter().filter(|n| n.starts_with("vmlinuz-") && n.ends_with("-cloud-amd64"));
    cloud.max_by_key(|name| numbers(name)).cloned()
}

fn numbers(name: &str) -> Vec<u64> {
    let words = name.split(|c: char| !c.is_ascii_digit());
    words.filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_cloud_kernel_is_taken_by_number_and_not_by_letter() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let boot = names(&[
            "vmlinuz-6.1.0-9-cloud-amd64",
            "vmlinuz-6.1.0-10-cloud-amd64",
            "vmlinuz-6.9.0-1-amd64",
            "initrd.img-6.1.0-99-cloud-amd64",
        ]);
        assert_eq!(newest_kernel(&boot).as_deref(), Some("vmlinuz-6.1.0-10-cloud-amd64"));
        assert_eq!(newest_kernel(&names(&["config-1"])), None);
    }
}
