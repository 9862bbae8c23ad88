//! Sockets on loopback, and the end of every connection.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Connections that one listener serves at once. Further ones wait in the system's queue.
const CONNECTIONS_AT_ONCE: usize = 256;

/// No connection lives longer, whatever it does.
const CONNECTION_LIFETIME: Duration = Duration::from_secs(300);

/// One service, listening on 127.0.0.1 and, where the machine has it, on ::1.
pub(crate) struct Loopback {
    listeners: Vec<TcpListener>,
}

impl Loopback {
    /// Takes a free port on each of the two loopback addresses. `Ok` with one listener alone where the
    /// machine has no IPv6 loopback.
    pub(crate) async fn bind() -> io::Result<Loopback> {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut listeners = vec![v4];
        // A container often has no ::1. The lab carries on without it and says so.
        if let Ok(v6) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await {
            listeners.push(v6);
        }
        Ok(Loopback { listeners })
    }

    /// Address and port of each listener, IPv4 first.
    pub(crate) fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.iter().map(TcpListener::local_addr).collect()
    }

    /// The service can be reached on ::1.
    pub(crate) fn has_ipv6(&self) -> bool {
        self.listeners.len() > 1
    }

    /// Serves every connection with `handler` in tasks of `tasks`. They end when `tasks` is dropped.
    pub(crate) fn serve<F, Fut>(self, tasks: &mut JoinSet<()>, handler: F)
    where
        F: Fn(TcpStream) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        for listener in self.listeners {
            tasks.spawn(accept_all(listener, handler.clone()));
        }
    }
}

pub(crate) async fn accept_all<F, Fut>(listener: TcpListener, handler: F)
where
    F: Fn(TcpStream) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(CONNECTIONS_AT_ONCE));
    // Dropped together with this future: no connection outlives the listener.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                // Small writes of a handshake should not wait for acknowledgements.
                let _ = stream.set_nodelay(true);
                let work = handler(stream);
                connections.spawn(async move {
                    let _ = timeout(CONNECTION_LIFETIME, work).await;
                    drop(permit);
                });
            }
            // Out of file descriptors, most likely: give the connections that are open time to end.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
