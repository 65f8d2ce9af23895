use std::io::{ErrorKind, Write};

use crate::failure::{Class, Failure};

/// Writes to standard output. A reader that has seen enough (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::of(Class::Internal, &error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes one line; false when nobody reads any more.
pub(crate) fn line(text: &str) -> Result<bool, Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::of(Class::Internal, &error)),
    }
}

/// How wide the terminal says that it is; 100 where nothing says so.
pub(crate) fn terminal_width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(100)
}
