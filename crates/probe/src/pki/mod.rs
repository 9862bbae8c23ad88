//! The certificates that were sent, who trusts them, and why not.
//!
//! rustls-webpki decides whether a chain is trusted ([`stores`]); [`explain`] then looks for every reason
//! against it, and [`shape`] at the order and completeness of what was sent.

pub mod ct;
mod culprit;
mod der;
mod explain;
mod extensions;
mod key_faults;
mod link;
pub mod ocsp;
mod parse;
mod shape;
mod stores;

use std::net::SocketAddr;

use base64::Engine;
use midwatch_model::{Certificate, CertificateChain, Host, NameMatch, Revocation, Time, Transparency};
use rustls_pki_types::{CertificateDer, ServerName};
use x509_parser::prelude::X509Certificate;

pub use ct::{CtLog, LogList};
pub(crate) use parse::sha256;
pub use stores::{Constraint, Programme, StoreError, TrustStores};

/// Names of a certificate that a report lists.
const MAX_MISMATCH_NAMES: usize = 20;

/// Where and how a chain was met.
#[derive(Clone, Debug)]
pub struct Met<'a> {
    /// The host that the certificate has to name.
    pub host: &'a Host,
    /// The port.
    pub port: u16,
    /// The address that was connected to.
    pub address: SocketAddr,
    /// The name sent as SNI.
    pub sni: Option<&'a str>,
    /// Versions and suites that brought it.
    pub met_with: &'a [String],
    /// The OCSP answer that was stapled to it.
    pub ocsp: Option<&'a [u8]>,
}

/// Judges nothing, decides trust: what each store says of `chain` (DER, leaf first) at the time `now`.
pub fn chain(met: &Met<'_>, chain: &[Vec<u8>], stores: &TrustStores, now: Time) -> CertificateChain {
    let read: Vec<Option<X509Certificate<'_>>> = chain.iter().map(|der| parse::read(der)).collect();
    let certificates: Vec<Certificate> = std::iter::zip(chain, &read)
        .map(|(der, read)| Certificate {
            der: base64::engine::general_purpose::STANDARD.encode(der),
            sha256: parse::sha256(der),
            parsed: read.as_ref().and_then(parse::certificate),
        })
        .collect();
    let way = link::way(&read, &certificates);
    let path = way.path.as_slice();
    let shape = shape::shape(&read, &certificates, &way, stores);
    let name_match = name_match(met.host, chain.first(), certificates.first());
    let transparency = transparency(chain, &read, path, stores);
    let looked = explain::Looked {
        chain,
        certificates: &certificates,
        read: &read,
        path,
        shape: &shape,
        name_match: &name_match,
        now,
    };
    let trust = stores
        .iter()
        .map(|store| {
            let verdict = store.verify(met.host, chain, transparency.as_ref(), now);
            looked.decision(store, verdict)
        })
        .collect();
    CertificateChain {
        host: met.host.clone(),
        port: met.port,
        address: met.address,
        sni: met.sni.map(str::to_owned),
        met_with: met.met_with.to_vec(),
        certificates,
        name_match,
        shape,
        known: None,
        trust,
        transparency,
        revocation: revocation(met, &read, path, now),
    }
}

/// Whether any store trusts a chain for a host, and nothing else: no explanation, for many chains. True where
/// one does. Timestamps are not verified, so a root whose trust depends on them counts as one that is not
/// there.
pub fn verify(chain: &[Vec<u8>], host: &Host, stores: &TrustStores, now: Time) -> bool {
    stores.iter().any(|store| store.verify(host, chain, None, now).is_ok())
}

/// The timestamps of the leaf; none without a list of logs.
fn transparency(
    chain: &[Vec<u8>],
    read: &[Option<X509Certificate<'_>>],
    path: &[usize],
    stores: &TrustStores,
) -> Option<Transparency> {
    let (logs, leaf) = (stores.logs()?, chain.first()?);
    let above = path.get(1).and_then(|&index| read.get(index)?.as_ref());
    let issuer = match above {
        Some(issuer) => Some(issuer.public_key().raw.to_vec()),
        // A leaf directly below a root that was not sent.
        None => read.first()?.as_ref().and_then(|leaf| stores.key_of(leaf.issuer().as_raw())),
    };
    Some(ct::transparency(leaf, issuer.as_deref(), &[], logs))
}

/// What was stapled. Without the issuer's certificate nothing can be verified, and nothing is said.
fn revocation(
    met: &Met<'_>,
    read: &[Option<X509Certificate<'_>>],
    path: &[usize],
    now: Time,
) -> Option<Revocation> {
    let (staple, leaf) = (met.ocsp?, read.first()?.as_ref()?);
    let issuer = path.get(1).and_then(|&index| read.get(index)?.as_ref())?;
    Some(Revocation { staple: Some(ocsp::answer(staple, leaf, issuer, now)) })
}

fn name_match(host: &Host, leaf: Option<&Vec<u8>>, certificate: Option<&Certificate>) -> NameMatch {
    let names = certificate.and_then(|certificate| certificate.parsed.as_ref()).map(|parsed| &parsed.names);
    let (Some(leaf), Some(names), Some(name)) = (leaf, names, server_name(host)) else {
        return NameMatch::Unknown;
    };
    let der = CertificateDer::from(leaf.as_slice());
    match webpki::EndEntityCert::try_from(&der).map(|cert| cert.verify_is_valid_for_subject_name(&name)) {
        Ok(Ok(())) => NameMatch::Matches,
        Ok(Err(_)) => NameMatch::Mismatch { names: names.iter().take(MAX_MISMATCH_NAMES).cloned().collect() },
        Err(_) => NameMatch::Unknown,
    }
}

/// A host as webpki takes it; none for a name that no certificate can hold.
fn server_name(host: &Host) -> Option<ServerName<'static>> {
    match host {
        Host::Name(name) => ServerName::try_from(name.clone()).ok(),
        Host::Address(address) => Some(ServerName::IpAddress((*address).into())),
    }
}
