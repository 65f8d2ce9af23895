//! The guest with a kernel: Debian's own, with an initial file system of one program and one
//! script, which writes the sign of life to the serial port and then sleeps.

use std::fs;

use drivers::hypervisor::qemu::{KernelGuest, initramfs};

use super::error::LabError;
use super::plan::Lab;
use super::prerequisites::Machine;

impl Lab {
    /// Makes the initial file system.
    pub(super) fn make_guest(&self, machine: &Machine) -> Result<KernelGuest, LabError> {
        let busybox = fs::read(&machine.busybox).map_err(LabError::file(&machine.busybox))?;
        let path = self.dir.join("initramfs");
        fs::write(&path, initramfs(&busybox)).map_err(LabError::file(&path))?;
        Ok(KernelGuest { kernel: machine.kernel.clone(), initramfs: path })
    }
}
