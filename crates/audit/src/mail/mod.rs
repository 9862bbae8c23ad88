//! A domain's mail: who takes it, what protects its way, and where people send and read it.
//!
//! The MX records come first, since everything about servers follows from them; then all else side by side: each server with
//! its names and its TLS, the policy of MTA-STS, the services of people's programs, and the records on senders.

mod servers;
mod services;

use std::sync::Arc;

use futures_util::future::join_all;
use midwatch_model::{AutoconfigSource, CertificateChain, Fact, Host, Mx, Target, TargetReport};
use midwatch_probe::dns::Lookups;
use midwatch_probe::mail::web::Web;
use midwatch_probe::mail::{autoconfig, dkim, dmarc, mta_sts, spf, srv, tls_rpt};
use midwatch_probe::net::Net;
use midwatch_probe::progress::Progress;

use crate::gather::Gather;
use crate::{Options, heap};

/// How a domain's mail is audited.
#[derive(Clone, Debug, Default)]
pub struct MailOptions {
    /// Selectors of DKIM whose keys are looked at: nothing tells which a domain has.
    pub dkim_selectors: Vec<String>,
}

/// One audit, and what all of its parts use.
pub(crate) struct Audit<'a> {
    domain: &'a str,
    net: &'a Net,
    lookups: &'a Lookups,
    web: &'a Arc<Web>,
    options: &'a Options,
    progress: &'a dyn Progress,
}

/// Audits `target`, which is a [`Target::Mail`].
pub(crate) async fn audit(target: &Target, options: &Options, progress: &dyn Progress) -> TargetReport {
    let mut gather = Gather::default();
    if let Target::Mail { domain, .. } = target {
        let net = options.net.for_target(&Host::Name(domain.clone()));
        let lookups = Lookups::new(&net);
        let web = Arc::new(Web::new(&net, &options.stores, crate::now()));
        let audit = Audit { domain, net: &net, lookups: &lookups, web: &web, options, progress };
        for (subject, fact) in heap(|| facts(&audit)).await {
            gather.add(subject, fact);
        }
    }
    gather.judge(target, crate::now())
}

/// Everything that is measured, in a stable order.
async fn facts(audit: &Audit<'_>) -> Vec<(String, Fact)> {
    let Audit { domain, lookups, web, options, progress, .. } = *audit;
    progress.stage("who takes the mail", None);
    let mx = lookups.mx(domain).await;
    let exchanges = exchanges(domain, &mx);
    progress.stage("servers, policies and services", None);
    let selectors = &options.mail.dkim_selectors;
    let (servers, (sts, chains), reports, services, spf, dkim, dmarc) = tokio::join!(
        heap(|| servers::facts(audit, &mx)),
        heap(|| mta_sts::ask(lookups, web, domain, &exchanges)),
        heap(|| tls_rpt::ask(lookups, domain)),
        heap(|| found_services(audit, &exchanges)),
        heap(|| spf::ask(lookups, domain)),
        join_all(selectors.iter().map(|selector| dkim::ask(lookups, domain, selector))),
        heap(|| dmarc::ask(lookups, domain)),
    );
    let subject = || (*domain).to_owned();
    let mut all = vec![(subject(), Fact::Mx(mx))];
    all.extend(servers);
    all.push((subject(), Fact::MtaSts(Box::new(sts))));
    all.extend(chains.into_iter().map(chain));
    all.push((subject(), Fact::TlsRpt(reports)));
    all.extend(services);
    all.push((subject(), Fact::Spf(Box::new(spf))));
    all.extend(dkim.into_iter().map(|dkim| (subject(), Fact::Dkim(Box::new(dkim)))));
    all.push((subject(), Fact::Dmarc(Box::new(dmarc))));
    all
}

/// A chain that a policy's host sent, with what is known of its authority.
fn chain(mut chain: CertificateChain) -> (String, Fact) {
    chain.known = crate::known::look(&chain);
    (format!("{}:{}", chain.host, chain.port), Fact::CertificateChain(Box::new(chain)))
}

/// The names of the servers that take the mail: none where nobody does, the domain's own where there is no record.
fn exchanges(domain: &str, mx: &Mx) -> Vec<String> {
    match mx.records.value().map(Vec::as_slice) {
        None => Vec::new(),
        Some([]) => vec![domain.to_owned()],
        Some([one]) if one.exchange == "." => Vec::new(),
        Some(several) => {
            let mut names: Vec<String> = several.iter().map(|record| record.exchange.clone()).collect();
            names.dedup();
            names
        }
    }
}

/// SRV records and documents, and the services that they name.
async fn found_services(audit: &Audit<'_>, exchanges: &[String]) -> Vec<(String, Fact)> {
    let Audit { domain, lookups, web, .. } = *audit;
    let places = autoconfig::places(domain);
    let ask = |(source, url): (AutoconfigSource, String)| async move {
        autoconfig::ask(web, domain, source, &url).await
    };
    let (records, documents) = tokio::join!(srv::ask(lookups, domain), join_all(places.into_iter().map(ask)));
    let mut facts: Vec<(String, Fact)> = Vec::new();
    let services = services::facts(audit, &records, &documents, exchanges).await;
    facts.extend(records.into_iter().map(|one| (one.name.clone(), Fact::MailSrv(one))));
    facts.extend(documents.into_iter().map(|one| (one.url.clone(), Fact::MailAutoconfig(Box::new(one)))));
    facts.extend(services);
    facts
}

#[cfg(test)]
mod tests {
    use midwatch_model::{MxRecord, Outcome, ReasonKind, Security};

    use super::*;

    #[test]
    fn who_takes_the_mail() {
        let mx = |records: &[(u16, &str)]| Mx {
            name: "shop.example".into(),
            records: Outcome::seen(
                records
                    .iter()
                    .map(|&(preference, name)| MxRecord { preference, exchange: name.into() })
                    .collect(),
            ),
            security: Outcome::seen(Security::Secure),
        };
        assert_eq!(exchanges("shop.example", &mx(&[])), ["shop.example"]);
        assert!(exchanges("shop.example", &mx(&[(0, ".")])).is_empty());
        assert_eq!(exchanges("shop.example", &mx(&[(1, "a.example"), (2, "a.example")])), ["a.example"]);
        let mut silent = mx(&[]);
        silent.records = Outcome::unmeasured(ReasonKind::Timeout, "nobody answered");
        assert!(exchanges("shop.example", &silent).is_empty());
    }
}
