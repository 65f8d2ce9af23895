//! Children that end with who started them, however that one ends.

use std::io::Read;
use std::process::Stdio;

/// Set for children that must end when their standard input closes.
pub(crate) const VARIABLE: &str = "BASCULE_END_WITH_STDIN";

/// Ends this process when its standard input closes, if its parent asked for it. The parent
/// holds the other end of the pipe and never writes: the kernel closes it when the parent ends,
/// however it ends. To be called once, at the start of the program.
pub fn end_with_parent_if_asked() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    std::thread::spawn(|| {
        let mut nothing = [0; 64];
        let mut stdin = std::io::stdin();
        while stdin.read(&mut nothing).is_ok_and(|read| read > 0) {}
        std::process::exit(0);
    });
}

/// A command for a child of the running executable that ends with us: keep the child's `stdin`.
pub(crate) fn child(executable: &std::path::Path) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(executable);
    command.env(VARIABLE, "1").stdin(Stdio::piped()).kill_on_drop(true);
    command
}
