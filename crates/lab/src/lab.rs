//! Starting and stopping all of it.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::Defence;
use crate::answer::Scheme;
use crate::hosts::{self, Role, VirtualHost};
use crate::listen::Loopback;
use crate::old_tls::OldTls;
use crate::pki::Authority;
use crate::serve::{Protocol, Sites};
use crate::tls::TlsFront;

/// The servers, while they run. They stop when this is dropped.
#[derive(Debug)]
pub struct Lab {
    tasks: JoinSet<()>,
    targets: Vec<LabTarget>,
    gaps: Vec<LabTarget>,
    connect_to: Vec<(String, u16, SocketAddr)>,
    ca_pem: String,
    ipv6: bool,
}

/// A virtual host to audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabTarget {
    /// Its URL, for example `https://shop.example/`.
    pub url: String,
    /// What it shows, in a few words.
    pub about: String,
}

impl Lab {
    /// Starts the servers with these defences on. They listen on 127.0.0.1 and ::1 alone, on free ports.
    ///
    /// To be called inside a tokio runtime.
    ///
    /// # Errors
    /// When no port can be had on 127.0.0.1, or a certificate cannot be made.
    pub async fn start(defences: &BTreeSet<Defence>) -> io::Result<Lab> {
        let hosts = hosts::all(defences);
        let authority = Authority::new()?;
        let default = authority.identity(&["lab.example"], None)?;
        let mut front = TlsFront::new(&default)?;
        // Old TLS has a service of its own for each host: it is older than SNI.
        let mut old = Vec::new();
        for host in &hosts {
            let identity = authority.identity(&[host.name, &host.www()], host.fault)?;
            if host.old_tls {
                old.push((host.name, OldTls::new(&identity)?, Loopback::bind().await?));
            } else {
                front.add(&[host.name, &host.www()], &identity)?;
            }
        }

        let plain = Loopback::bind().await?;
        let tls = Loopback::bind().await?;
        let ipv6 = [&plain, &tls].iter().all(|service| service.has_ipv6());
        let mut connect_to = Vec::new();
        for host in &hosts {
            let own = old.iter().find(|(name, ..)| *name == host.name).map(|(.., service)| service);
            let secure = own.unwrap_or(&tls).addresses()?;
            for name in [host.name.to_owned(), host.www()] {
                connect_to.extend(plain.addresses()?.into_iter().map(|address| (name.clone(), 80, address)));
                connect_to.extend(secure.iter().map(|address| (name.clone(), 443, *address)));
            }
        }
        let (mut targets, mut gaps) = (Vec::new(), Vec::new());
        for host in &hosts {
            match host.role {
                Role::Target(about) => targets.push(target(host, about)),
                Role::Gap(about) => gaps.push(target(host, about)),
                Role::Helper => {}
            }
        }

        let sites = Arc::new(Sites::new(hosts));
        let mut tasks = JoinSet::new();
        {
            let sites = Arc::clone(&sites);
            plain.serve(&mut tasks, move |stream| {
                Arc::clone(&sites).connection(stream, Scheme::Http, Protocol::Http1)
            });
        }
        {
            let (sites, front) = (Arc::clone(&sites), Arc::new(front));
            tls.serve(&mut tasks, move |stream| {
                let (sites, front) = (Arc::clone(&sites), Arc::clone(&front));
                async move {
                    let Some(stream) = front.accept(stream).await else { return };
                    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    let protocol = if h2 { Protocol::Http2 } else { Protocol::Http1 };
                    sites.connection(stream, Scheme::Https, protocol).await;
                }
            });
        }
        for (_, server, service) in old {
            let (sites, server) = (Arc::clone(&sites), Arc::new(server));
            service.serve(&mut tasks, move |stream| {
                let (sites, server) = (Arc::clone(&sites), Arc::clone(&server));
                async move {
                    let Some(connection) = server.accept(stream).await else { return };
                    let (near, far) = tokio::io::duplex(64 * 1024);
                    let site = sites.connection(far, Scheme::Https, Protocol::Http1);
                    tokio::join!(connection.carry(near), site);
                }
            });
        }
        Ok(Lab { tasks, targets, gaps, connect_to, ca_pem: authority.pem().to_owned(), ipv6 })
    }

    /// The virtual hosts to audit, in the order of the story: the weak ones first, the sound one last.
    pub fn targets(&self) -> Vec<LabTarget> {
        self.targets.clone()
    }

    /// Further virtual hosts: shops that are sound but for one gap. The weak shop lacks everything, so that one
    /// defence alone rarely turns a verdict there; each of these shows what one defence decides.
    pub fn gaps(&self) -> Vec<LabTarget> {
        self.gaps.clone()
    }

    /// Where to connect for a host and its port (80 or 443): one entry for 127.0.0.1 and, where
    /// [`Lab::has_ipv6`], one for ::1. The names with `www.` before them and the host of the shop's
    /// third-party script are here too, so that nothing in the lab is ever asked of a resolver.
    pub fn connect_to(&self) -> Vec<(String, u16, SocketAddr)> {
        self.connect_to.clone()
    }

    /// The lab's own certification authority in PEM, made at this start.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// False where this machine has no ::1, so that the lab answers on 127.0.0.1 alone.
    pub fn has_ipv6(&self) -> bool {
        self.ipv6
    }

    /// Stops the servers and cuts their connections. Nothing listens any more when this returns.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
    }
}

fn target(host: &VirtualHost, about: &str) -> LabTarget {
    LabTarget { url: format!("https://{}/", host.name), about: about.to_owned() }
}
