//! What the tests need beyond Rust itself.

use std::path::Path;

use crate::step::{Failure, capture, run};

/// Debian packages: the file that each brings, to know whether it is there.
const PACKAGES: &[(&str, &str)] = &[
    ("qemu-system-x86", "/usr/bin/qemu-system-x86_64"),
    ("iproute2", "/usr/sbin/ip"),
    ("nftables", "/usr/sbin/nft"),
    ("busybox-static", "/usr/bin/busybox"),
    ("monitoring-plugins-basic", "/usr/lib/nagios/plugins/check_tcp"),
];

/// Cargo tools: the name of the crate and of its subcommand.
const TOOLS: &[(&str, &str)] = &[("cargo-nextest", "nextest"), ("cargo-deny", "deny")];

fn found(path: &str) -> bool {
    // Debian puts some of these under /bin and /sbin on machines without merged folders.
    Path::new(path).exists() || path.strip_prefix("/usr").is_some_and(|p| Path::new(p).exists())
}

fn has_cloud_kernel() -> bool {
    std::fs::read_dir("/boot").is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.starts_with("vmlinuz-") && name.contains("cloud")
        })
    })
}

/// Installs what is missing; does nothing when all is there.
pub(crate) fn install() -> Result<(), Failure> {
    let mut missing: Vec<&str> =
        PACKAGES.iter().filter(|(_, file)| !found(file)).map(|(package, _)| *package).collect();
    if !has_cloud_kernel() {
        missing.push("linux-image-cloud-amd64");
    }
    if !missing.is_empty() {
        install_packages(&missing)?;
    }
    for (tool, subcommand) in TOOLS {
        let there = std::process::Command::new("cargo")
            .args([subcommand, "--version"])
            .output()
            .is_ok_and(|output| output.status.success());
        if !there {
            run("setup", "cargo", &["install", "--locked", tool])?;
        }
    }
    Ok(())
}

fn install_packages(missing: &[&str]) -> Result<(), Failure> {
    let sudo = capture("setup", "id", &["-u"])?.0.trim() != "0";
    let apt = |args: &[&str]| {
        if sudo {
            run("setup", "sudo", &[&["apt-get"], args].concat())
        } else {
            run("setup", "apt-get", args)
        }
    };
    let explain = |failure: Failure| {
        Failure(format!(
            "{failure}\nThe tests need these Debian packages: {}. Install them by hand, or run \
             this command as root.",
            missing.join(" ")
        ))
    };
    apt(&["update", "-qq"]).map_err(explain)?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], missing].concat()).map_err(explain)
}
