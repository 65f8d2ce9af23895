use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Why a loopback port could not be reserved or listened on.
#[derive(Debug, thiserror::Error)]
pub enum ReserveError {
    /// No free port.
    #[error(
        "cannot reserve a port on 127.0.0.1, which every endpoint of the twin needs: free some \
         ports or raise the limit of open files (`ulimit -n`)"
    )]
    Bind(#[source] io::Error),
    /// A reserved port cannot be listened on.
    #[error("cannot listen on {address}, which was reserved for this: another process took it")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A loopback port kept for somebody who will listen on it later, in this process or a child.
///
/// The socket is bound and does not listen: the kernel gives the port to nobody by chance, refuses
/// connections to it, and lets one listener in, since both sides allow the address's reuse.
#[derive(Debug)]
pub struct Reservation {
    address: SocketAddr,
    _socket: TcpSocket,
}

impl Reservation {
    /// Reserves a free port.
    pub fn take() -> Result<Self, ReserveError> {
        let bound = || -> io::Result<Self> {
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
            Ok(Self { address: socket.local_addr()?, _socket: socket })
        };
        bound().map_err(ReserveError::Bind)
    }

    /// The address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens on it.
    pub fn listen(&self) -> Result<TcpListener, ReserveError> {
        listen(self.address)
            .map_err(|source| ReserveError::Listen { address: self.address, source })
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(super::relay::BACKLOG)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_reserved_port_refuses_until_somebody_listens_and_again_afterwards() {
        let reservation = Reservation::take().unwrap();
        let connect = || tokio::net::TcpStream::connect(reservation.address());
        assert!(connect().await.is_err());
        for _ in 0..2 {
            let listener = TcpListener::bind(reservation.address()).await.unwrap();
            assert!(connect().await.is_ok());
            drop(listener);
            assert!(connect().await.is_err());
        }
    }
}
