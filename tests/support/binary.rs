use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::repository;

/// The one binary, built from what stands in the tree now.
pub fn bascule() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let built = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--package", "bascule"])
                .current_dir(repository())
                .status()
                .expect("cargo runs");
            assert!(built.success(), "`cargo build --package bascule` failed");
            // Tests lie in target/<profile>/deps, binaries in target/<profile>.
            let test = std::env::current_exe().expect("a running test has a path");
            let folder = test.parent().and_then(|deps| deps.parent()).expect("target/<profile>");
            folder.join("bascule")
        })
        .clone()
}
