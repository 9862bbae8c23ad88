//! What listens on the server, and what it says when it is asked.

use std::net::{IpAddr, SocketAddr};

use futures_util::stream::{self, StreamExt as _};
use midwatch_model::{
    Bound, Fact, KnownService, ListeningService, ListeningServices, Outcome, Reach, Reason, ReasonKind,
    ServiceQuestion,
};
use midwatch_probe::listening::ask;
use midwatch_probe::net::Net;
use midwatch_probe::progress::Progress;
use midwatch_sense::{System, listening};

/// Services that are asked at the same time.
const AT_ONCE: usize = 8;

/// Services that are asked.
const MAX_ASKED: usize = 200;

/// Looks at the sockets, and asks each service that others may reach what it is.
pub(super) async fn look(system: &System, net: &Net, progress: &dyn Progress) -> (String, Fact) {
    progress.stage("what listens here", None);
    let is_this = system.root.parent().is_none();
    let own = system.clone();
    let seen = tokio::task::spawn_blocking(move || listening::look(&own)).await;
    let mut all = seen.unwrap_or_else(|_| {
        let why = || Reason::new(ReasonKind::Other, "the look at sockets broke off");
        ListeningServices { sockets: why().into(), rules: why().into(), unread: Vec::new() }
    });
    if let Outcome::Seen { value } = &mut all.sockets {
        let asked = value.iter_mut().filter(|service| is_asked(service));
        let asked: Vec<&mut ListeningService> = asked.take(MAX_ASKED).collect();
        match is_this {
            true => {
                // Each future has its own service: they are few, and end in any order.
                let mut all = Vec::with_capacity(asked.len());
                for service in asked {
                    all.push(answer(service, net));
                }
                stream::iter(all).buffer_unordered(AT_ONCE).for_each(|()| async {}).await;
            }
            false => {
                for service in asked {
                    service.answer = Outcome::unmeasured(
                        ReasonKind::NotAsked,
                        "a tree that stands for a computer serves nobody",
                    );
                }
            }
        }
    }
    ("this server".into(), Fact::ListeningServices(Box::new(all)))
}

/// What one service says.
async fn answer(service: &mut ListeningService, net: &Net) {
    let known = service.service.as_deref().and_then(KnownService::of);
    let Some((at, is_as_others)) = address(service, known) else {
        let why = "another computer answers, which is not asked from here";
        service.answer = Outcome::unmeasured(ReasonKind::NotAsked, why);
        return;
    };
    service.answer = ask(net, at, known).await;
    // What is taken from this computer alone says nothing of others.
    if let Outcome::Seen { value } = &mut service.answer
        && !is_as_others
    {
        value.plain_password = value.plain_password.filter(|taken| !taken);
    }
}

/// A service of TCP that not only this computer can reach, as far as is known.
fn is_asked(service: &ListeningService) -> bool {
    service.protocol == "tcp" && service.bound != Bound::Loopback && service.reach() != Reach::Nobody
}

/// Where a service is asked, and whether it answers there as it answers others. That is at an address by which others
/// reach it: Redis takes commands from loopback that it takes from nobody else. What takes passwords is asked at
/// 127.0.0.2, where the kernel has us come from 127.0.0.1: Dovecot takes passwords in plain text from whoever comes from
/// the very address that he goes to. What is sent on is asked where it is sent, since the rules that do so are not for what
/// comes from this computer; none where that is another computer than this one and its containers.
fn address(service: &ListeningService, known: Option<&KnownService>) -> Option<(SocketAddr, bool)> {
    let at = match &service.sent_on {
        Some(sent_on) if sent_on.inside => return Some((sent_on.to, true)),
        Some(sent_on) if sent_on.here => sent_on.to,
        Some(_) => return None,
        None => service.address,
    };
    Some(own_address(service, at, known))
}

/// The same of a socket of this computer.
fn own_address(
    service: &ListeningService,
    at: SocketAddr,
    known: Option<&KnownService>,
) -> (SocketAddr, bool) {
    let (ip, port) = (at.ip(), at.port());
    let takes_password = known.is_some_and(|known| matches!(known.question, ServiceQuestion::Starttls(_)));
    if !ip.is_unspecified() {
        return (at, !takes_password);
    }
    if takes_password {
        return match ip.is_ipv4() || service.takes_ipv4 {
            true => (SocketAddr::from(([127, 0, 0, 2], port)), true),
            false => (SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)), false),
        };
    }
    let own = service.own.iter().copied().find(|own| !is_link_local(*own));
    let loopback = match ip {
        IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(_) => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1_u16]),
    };
    (SocketAddr::new(own.unwrap_or(loopback), port), true)
}

/// One that means nothing without its interface.
fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}
