//! Which loopback ports somebody listens on, read from the kernel: connecting to find out would
//! be noise in the very services that are probed.

use std::collections::BTreeSet;
use std::io;

/// The kernel's number for a listening socket.
const LISTEN: &str = "0A";

pub(super) async fn listening_ports() -> io::Result<BTreeSet<u16>> {
    Ok(parse(&tokio::fs::read_to_string("/proc/net/tcp").await?))
}

fn parse(table: &str) -> BTreeSet<u16> {
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let local = fields.next()?;
            let state = fields.nth(1)?;
            (state == LISTEN).then_some(local)
        })
        .filter_map(|local| u16::from_str_radix(local.rsplit(':').next()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listening_sockets_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue\n\
            \x20  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n\
            \x20  1: 0100007F:1F91 0100007F:0016 01 00000000:00000000 00:00000000\n\
            nonsense\n";
        assert_eq!(parse(table), BTreeSet::from([8080]));
    }
}
