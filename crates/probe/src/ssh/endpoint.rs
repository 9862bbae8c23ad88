//! One endpoint, whole.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::join_all;
use midwatch_model::{Host, Outcome, Reason, ReasonKind, SshEndpoint, SshOfferedKey};
use midwatch_wire::ssh::algorithm::{self, Offered};
use midwatch_wire::ssh::kexinit::KexInit;

use super::ask::{Asker, Greeting};
use super::dialogue::Ended;
use super::facts;
use super::program::Program;
use crate::net::Net;

/// How the endpoint is reached.
#[derive(Clone, Debug)]
pub enum Way {
    /// At this address.
    Address(SocketAddr),
    /// Through the SOCKS5 proxy at this address, which looks names up itself.
    Socks5(SocketAddr),
    /// Through this program, which is started for each connection.
    Program(Arc<Program>),
}

/// Keys that are asked for. With the two other connections it stays below fifteen: so many without a login make
/// OpenSSH turn an address away for a while (`PerSourcePenalties`: one second for each, enforced from fifteen).
pub const MAX_KEYS: usize = 12;

/// Keys in a row that failed to come, after which the others are not asked for.
const PATIENCE: usize = 2;

/// Keys that are asked for at the same time, beside the group of a group exchange. Many at once look like an attack:
/// OpenSSH begins to turn connections away at ten that have not logged in (`MaxStartups`), Dropbear at five of one address.
const AT_ONCE: usize = 2;

/// Measures what the server at `host` and `port` says before anybody logs in, over few connections at a time.
pub async fn endpoint(net: &Net, host: &Host, port: u16, way: Way) -> SshEndpoint {
    let mut endpoint = SshEndpoint {
        address: match way {
            Way::Address(address) => Some(address),
            Way::Socks5(_) | Way::Program(_) => None,
        },
        proxy: match way {
            Way::Socks5(proxy) => Some(proxy),
            Way::Address(_) | Way::Program(_) => None,
        },
        over: match &way {
            Way::Program(program) => Some(program.shown.clone()),
            Way::Address(_) | Way::Socks5(_) => None,
        },
        ..SshEndpoint::unmeasured(host.clone(), port, &Reason::new(ReasonKind::NotAsked, ""))
    };
    let mut asker = Asker::new(net, host, port, way);
    let Greeting { identification, lists } = asker.greet().await;
    endpoint.identification = identification;
    match lists {
        Ok(lists) => {
            endpoint.algorithms = Outcome::seen(facts::algorithms(&lists));
            let mut for_group = asker.another();
            let ((keys, connections), group) =
                tokio::join!(host_keys(&asker, &lists), for_group.least_group(&lists));
            asker.connections += connections + for_group.connections;
            (endpoint.host_keys, endpoint.group_exchange) = (keys, group);
        }
        Err(ended) => {
            endpoint.algorithms = ended.clone().into();
            endpoint.group_exchange = match ended {
                Ended::Failed(why) => why.into(),
                Ended::Disconnected(how) => {
                    let detail = format!("the server ended the connection before its algorithms: {how}");
                    Outcome::unmeasured(ReasonKind::Closed, detail)
                }
            };
        }
    }
    endpoint.connections = asker.connections;
    endpoint
}

/// The key behind each algorithm, [`AT_ONCE`] at a time, and the connections that it took.
async fn host_keys(asker: &Asker<'_>, lists: &KexInit) -> (Vec<SshOfferedKey>, u32) {
    let mut keys = Vec::new();
    let (mut failed, mut connections) = (0, 0);
    let mut last: Option<Reason> = None;
    let offered = algorithm::offered(&lists.host_key);
    for (at, together) in offered.chunks(AT_ONCE).enumerate() {
        let asked = together.iter().enumerate().map(async |(next, Offered { algorithm, .. })| match &last {
            _ if at * AT_ONCE + next >= MAX_KEYS => {
                let detail = format!("more than {MAX_KEYS} host keys are offered");
                (Outcome::unmeasured(ReasonKind::Limit, detail), 0)
            }
            Some(why) if failed >= PATIENCE => {
                let detail = format!("not asked for, since {failed} others did not come: {why}");
                (Outcome::unmeasured(why.kind, detail), 0)
            }
            _ => {
                let mut asker = asker.another();
                (asker.host_key(algorithm, lists).await, asker.connections)
            }
        });
        let answers = join_all(asked).await;
        for (Offered { algorithm, others }, (key, took)) in together.iter().zip(answers) {
            connections += took;
            match key.why_not() {
                Some(why) if failed < PATIENCE => {
                    failed += 1;
                    last = Some(why.clone());
                }
                Some(_) => {}
                None => failed = 0,
            }
            keys.push(SshOfferedKey { algorithm: algorithm.clone(), others: others.clone(), key });
        }
    }
    (keys, connections)
}
