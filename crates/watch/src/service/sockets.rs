//! Listening sockets that the service manager opened (sd_listen_fds(3)): so a port below 1024 is listened on without a
//! right of this process, and no connection is lost over a restart.

use std::io;
use std::net::TcpListener;

use listenfd::ListenFd;

/// A socket as it was handed over.
#[derive(Debug)]
pub struct Passed {
    /// Its name, `FileDescriptorName=` of the socket unit; by default the unit's own name.
    pub name: String,
    /// The socket, set not to block, as an async runtime needs it.
    pub listener: TcpListener,
}

/// Takes all sockets that were handed over; none where nothing was. Call it once, before the first thread is started:
/// it takes the variables out of the environment, so that no child takes the sockets for its own.
///
/// # Errors
/// A sentence, where one of them is no listening TCP socket.
pub fn take() -> Result<Vec<Passed>, SocketError> {
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut handed = ListenFd::from_env();
    let mut all = Vec::new();
    for at in 0..handed.len() {
        let name = names.next().filter(|name| !name.is_empty()).unwrap_or("unknown").to_owned();
        let failed =
            |error: io::Error| SocketError { name: midwatch_model::lossless(name.as_bytes()), error };
        if let Some(listener) = handed.take_tcp_listener(at).map_err(failed)? {
            listener.set_nonblocking(true).map_err(failed)?;
            all.push(Passed { name, listener });
        }
    }
    Ok(all)
}

/// Why a socket cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "the socket '{name}' that the service manager handed over cannot be listened on ({error}). Write ListenStream= with an \
     address and a port in its socket unit, and no Accept=yes"
)]
pub struct SocketError {
    name: String,
    #[source]
    error: io::Error,
}
