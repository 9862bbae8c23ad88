//! The services by which people's programs send and read a domain's mail.

use std::net::SocketAddr;

use futures_util::{StreamExt as _, stream};
use midwatch_model::{Addresses, Fact, Host, MailAutoconfig, MailSrv};
use midwatch_probe::mail::service::{self, Found};

use super::Audit;
use crate::heap;
use crate::tls::{Service, endpoints};

/// Services whose TLS is looked at, at the same time.
const AT_ONCE: usize = 6;

/// Every service where somebody listens with its TLS, and those that something names where nobody does.
pub(super) async fn facts(
    audit: &Audit<'_>,
    records: &[MailSrv],
    documents: &[MailAutoconfig],
    exchanges: &[String],
) -> Vec<(String, Fact)> {
    let candidates = service::candidates(audit.domain, records, documents, exchanges);
    let found = service::look(audit.net, audit.domain, candidates).await;
    let one = |found: Found| async move { of_one(audit, found).await };
    let all: Vec<_> = stream::iter(found).map(one).buffered(AT_ONCE).collect().await;
    all.into_iter().flatten().collect()
}

async fn of_one(audit: &Audit<'_>, found: Found) -> Vec<(String, Fact)> {
    let Audit { net, options, progress, .. } = *audit;
    let Found { service, addresses, given } = found;
    let (name, port) = (service.host.clone(), service.port);
    let host = Host::Name(name.clone());
    let open: Vec<SocketAddr> =
        service.listens.iter().filter(|one| one.open.is_seen()).map(|one| one.address).collect();
    let starttls = (!service.implicit_tls).then(|| service.protocol.starttls());
    let of = Service { host: &host, port, sni: Some(&name), starttls };
    let tls = heap(|| endpoints(&of, &open, net, options, progress)).await;
    let mut all = Vec::new();
    if !open.is_empty() || !addresses.is_seen() {
        let fact = Addresses {
            name: name.clone(),
            service: service.protocol.starttls().id().into(),
            addresses,
            given,
        };
        all.push((name.clone(), Fact::Addresses(fact)));
    }
    all.push((format!("{name}:{port}"), Fact::MailService(service)));
    all.extend(tls);
    all
}
