//! The certificates that a server did not send, from where the ones that it sent say (RFC 5280 section 4.2.2.1).

use midwatch_model::{
    CertificateChain, CertificateForm, Completed, FetchedIssuer, Outcome, Reason, ReasonKind, Rejection,
    RejectionKind, Time, TrustDecision,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::certificates;
use super::fetch::{Fetcher, Method};
use crate::pki::issuer::Issuer;
use crate::pki::{self, Met, TrustStores};

/// Issuers fetched for one chain: no public chain has more intermediates.
const MAX_ISSUERS: usize = 5;
/// Addresses asked for one issuer.
const MAX_URLS: usize = 3;
/// The longest file, in bytes. One certificate has 1 to 3 KiB; bundles have some dozens.
const MAX_FILE: usize = 256 << 10;

/// Adds to `chain` what can be had, and to `fact` what came of it.
pub async fn complete(
    fetcher: &Fetcher<'_>,
    met: &Met<'_>,
    chain: &mut Vec<Vec<u8>>,
    stores: &TrustStores,
    now: Time,
    fact: &mut CertificateChain,
) {
    let (mut completed, sent) = (Completed::default(), chain.len());
    // The whole of the facts, with what came: its shape says what is missing still.
    let mut with = None;
    while completed.issuers.len() < MAX_ISSUERS {
        let shape = with.as_ref().map_or(&fact.shape, |with: &CertificateChain| &with.shape);
        if shape.missing_issuer.is_none() {
            break;
        }
        let top = pki::path(chain, &pki::read(chain)).last().copied();
        let Some(below) = top.and_then(|top| chain.get(top)) else { break };
        let Some((fetched, der)) = next(fetcher, below).await else { break };
        completed.issuers.push(fetched);
        let Some(der) = der else { break };
        chain.push(der);
        with = Some(pki::chain(met, chain, stores, now));
    }
    if let Some(with) = with.filter(|_| chain.len() > sent) {
        // With the issuer's key, more can be verified of what was sent.
        fact.transparency = with.transparency;
        fact.revocation = with.revocation;
        completed.trust = with.trust;
        revise(&mut fact.trust, &completed);
    }
    if !completed.issuers.is_empty() {
        fact.completed = Some(completed);
    }
}

/// The issuer of the certificate `below`, from the first of its addresses that has it, with its DER where one has.
/// None where the certificate names no address.
async fn next(fetcher: &Fetcher<'_>, below: &[u8]) -> Option<(FetchedIssuer, Option<Vec<u8>>)> {
    let (_, below) = X509Certificate::from_der(below).ok()?;
    let urls = pki::extensions_of(&below).issuer_urls;
    let mut last = None;
    for url in urls.into_iter().take(MAX_URLS) {
        let subject = pki::name(below.issuer());
        match fetch(fetcher, &url, &below).await {
            Ok((form, der)) => {
                let certificate = Outcome::seen(pki::certificate(&der));
                return Some((FetchedIssuer { subject, url, form: Some(form), certificate }, Some(der)));
            }
            Err(why) => last = Some(FetchedIssuer { subject, url, form: None, certificate: why.into() }),
        }
    }
    last.map(|last| (last, None))
}

async fn fetch(
    fetcher: &Fetcher<'_>,
    url: &str,
    below: &X509Certificate<'_>,
) -> Result<(CertificateForm, Vec<u8>), Reason> {
    let bytes = fetcher.fetch(url, &Method::Get, MAX_FILE).await?;
    let wrong = |detail: &str| Reason::new(ReasonKind::Protocol, format!("{url}: {detail}"));
    let (form, all) = certificates::read(&bytes).ok_or_else(|| wrong("what it has is no certificate"))?;
    let is_issuer = |der: &Vec<u8>| {
        X509Certificate::from_der(der).is_ok_and(|(_, candidate)| {
            candidate.subject().as_raw() == below.issuer().as_raw()
                && Issuer::from_certificate(&candidate).has_signed(below)
        })
    };
    let issuer = all.into_iter().find(is_issuer);
    let der =
        issuer.ok_or_else(|| wrong("the certificate that it has did not sign the one that names it"))?;
    Ok((form, der))
}

/// Says in each store's decision on what was sent whether the certificates that came are all that it lacks. Without
/// them that had to be guessed.
fn revise(trust: &mut [TrustDecision], completed: &Completed) {
    let Some(first) = completed.issuers.first() else { return };
    for decision in trust.iter_mut().filter(|decision| !decision.trusted) {
        let Some(with) = completed.trust.iter().find(|with| with.store == decision.store) else { continue };
        let lacks = |rejection: &&mut Rejection| {
            matches!(rejection.kind, RejectionKind::UnknownRoot | RejectionKind::MissingIntermediate)
        };
        let Some(rejection) = decision.rejections.iter_mut().find(lacks) else { continue };
        let (subject, url) = (&first.subject, &first.url);
        let unknown = with.rejections.iter().find(|reason| {
            matches!(reason.kind, RejectionKind::UnknownRoot | RejectionKind::MissingIntermediate)
        });
        *rejection = match unknown {
            Some(unknown) => Rejection {
                kind: RejectionKind::UnknownRoot,
                detail: format!(
                    "the certificate of its issuer, {subject}, was not sent, and with the one from {url} {}",
                    unknown.detail
                ),
                ..unknown.clone()
            },
            None => Rejection {
                kind: RejectionKind::MissingIntermediate,
                at: rejection.at,
                detail: format!(
                    "the certificate of its issuer, {subject}, was not sent; the one from {url} leads to a root of \
                     this store"
                ),
                source: "RFC 5246 7.4.2; RFC 8446 4.4.2".into(),
            },
        };
    }
}
