//! The guest with a kernel: Debian's own, with an initial file system of one program and one
//! script, which writes the sign of life to the serial port and then sleeps.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use drivers::hypervisor::qemu::{KernelGuest, SIGN_OF_LIFE};

use super::error::LabError;
use super::plan::Lab;
use super::prerequisites::Machine;

const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;

impl Lab {
    /// Makes the initial file system.
    pub(super) fn make_guest(&self, machine: &Machine) -> Result<KernelGuest, LabError> {
        let busybox = fs::read(&machine.busybox).map_err(LabError::file(&machine.busybox))?;
        let initramfs = self.dir.join("initramfs");
        fs::write(&initramfs, archive(&busybox)).map_err(LabError::file(&initramfs))?;
        Ok(KernelGuest { kernel: machine.kernel.clone(), initramfs })
    }

    /// The program that the agents start as QEMU.
    ///
    /// The machine that the driver asks for describes itself by ACPI, under which Debian's kernel
    /// finds no clock to count by when QEMU has no KVM, and waits for one for ever. Without ACPI it
    /// takes the old timer and boots.
    pub(super) fn make_qemu(&self, machine: &Machine) -> Result<PathBuf, LabError> {
        let path = self.dir.join("qemu");
        let text = format!("#!/bin/sh\nexec {} \"$@\" -machine acpi=off\n", machine.qemu.display());
        fs::write(&path, text).map_err(LabError::file(&path))?;
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&path, executable).map_err(LabError::file(&path))?;
        Ok(path)
    }
}

/// A cpio archive as the kernel reads it ("newc"), not compressed: it is read once per guest, and
/// an emulated processor unpacks slowly.
fn archive(busybox: &[u8]) -> Vec<u8> {
    let init = format!(
        "#!/bin/busybox sh\n/bin/busybox mount -t devtmpfs none /dev\n\
         echo {} > /dev/ttyS0\nwhile :; do /bin/busybox sleep 3600; done\n",
        char::from(SIGN_OF_LIFE)
    );
    let mut out = Vec::new();
    let entries: [(&str, u32, &[u8]); 4] = [
        ("bin", FOLDER, &[]),
        ("dev", FOLDER, &[]),
        ("bin/busybox", PROGRAM, busybox),
        ("init", PROGRAM, init.as_bytes()),
    ];
    for (number, (name, mode, data)) in (1..).zip(entries) {
        entry(&mut out, number, name, mode, data);
    }
    entry(&mut out, 0, "TRAILER!!!", 0, &[]);
    out
}

fn entry(out: &mut Vec<u8>, number: usize, name: &str, mode: u32, data: &[u8]) {
    // Inode, mode, user, group, links, time, size, device (2), special device (2), length of the
    // name with its zero, checksum.
    let mode = usize::try_from(mode).unwrap_or_default();
    let fields = [number, mode, 0, 0, 1, 0, data.len(), 0, 0, 0, 0, name.len() + 1, 0];
    out.extend_from_slice(b"070701");
    for field in fields {
        out.extend_from_slice(format!("{field:08X}").as_bytes());
    }
    out.extend_from_slice(name.as_bytes());
    out.push(0);
    pad(out);
    out.extend_from_slice(data);
    pad(out);
}

fn pad(out: &mut Vec<u8>) {
    while !out.len().is_multiple_of(4) {
        out.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_names_its_files_and_ends_with_the_trailer() {
        let bytes = archive(b"a program");
        assert!(bytes.starts_with(b"070701"));
        assert_eq!(bytes.len() % 4, 0);
        let text = String::from_utf8_lossy(&bytes);
        let places: Vec<_> =
            ["bin/busybox", "a program", "init", "echo R > /dev/ttyS0", "TRAILER!!!"]
                .map(|part| text.find(part).unwrap_or(usize::MAX))
                .into();
        assert!(places.is_sorted() && places[4] < text.len(), "{places:?}");
    }
}
