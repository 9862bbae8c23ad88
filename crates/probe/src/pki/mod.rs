//! The certificates that were sent, who trusts them, and why not.
//!
//! rustls-webpki decides whether a chain is trusted ([`stores`]); [`explain`] then looks for every reason
//! against it, and [`shape`] at the order and completeness of what was sent.

pub(crate) mod crl;
pub mod ct;
mod culprit;
pub(crate) mod der;
mod explain;
mod extensions;
pub(crate) mod issuer;
mod key_faults;
mod link;
pub mod ocsp;
mod parse;
mod shape;
mod signed;
mod stores;

use std::net::SocketAddr;

use base64::Engine;
use midwatch_model::{
    Certificate, CertificateChain, Host, NameMatch, NotLooked, OcspAnswer, Reason, ReasonKind, Revocation,
    Time, TimestampSource, Transparency,
};
use rustls_pki_types::{CertificateDer, ServerName};
use x509_parser::prelude::X509Certificate;

pub use ct::{CtLog, LogList};
pub(crate) use extensions::of as extensions_of;
use issuer::Issuer;
pub(crate) use link::is_self_signed;
pub(crate) use parse::{name, sha256};
pub(crate) use signed::key_signed;
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
    /// What came beside the leaf; none where that could not be asked for.
    pub beside: Option<Beside<'a>>,
}

/// What a server sent beside its certificate, asked for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The OCSP answer that was stapled to it.
    pub ocsp: Option<&'a [u8]>,
    /// The list of timestamps of logs that came in the handshake.
    pub timestamps: Option<&'a [u8]>,
}

/// A chain read, certificate by certificate; none for what is no certificate.
pub(crate) fn read(chain: &[Vec<u8>]) -> Vec<Option<X509Certificate<'_>>> {
    chain.iter().map(|der| parse::read(der)).collect()
}

/// Positions of the certificates on the way up from the leaf, each certifying the one before.
pub(crate) fn path(chain: &[Vec<u8>], read: &[Option<X509Certificate<'_>>]) -> Vec<usize> {
    let certificates: Vec<Certificate> =
        std::iter::zip(chain, read).map(|(der, read)| of_der(der, read.as_ref())).collect();
    link::way(read, &certificates).path
}

/// A certificate as a report has it.
pub(crate) fn certificate(der: &[u8]) -> Certificate {
    of_der(der, parse::read(der).as_ref())
}

fn of_der(der: &[u8], read: Option<&X509Certificate<'_>>) -> Certificate {
    Certificate {
        der: base64::engine::general_purpose::STANDARD.encode(der),
        sha256: parse::sha256(der),
        parsed: read.and_then(parse::certificate),
    }
}

/// Judges nothing, decides trust: what each store says of `chain` (DER, leaf first) at the time `now`.
pub fn chain(met: &Met<'_>, chain: &[Vec<u8>], stores: &TrustStores, now: Time) -> CertificateChain {
    let read = read(chain);
    let certificates: Vec<Certificate> =
        std::iter::zip(chain, &read).map(|(der, read)| of_der(der, read.as_ref())).collect();
    let way = link::way(&read, &certificates);
    let path = way.path.as_slice();
    let shape = shape::shape(&read, &certificates, &way, stores);
    let name_match = name_match(met.host, chain.first(), certificates.first());
    let issuer = Issuer::of(&read, path, 0, stores);
    let leaf = read.first().and_then(Option::as_ref);
    let staple = met.beside.and_then(|beside| Some(staple(beside.ocsp?, leaf?, issuer.as_ref(), now)));
    let transparency = transparency(met.beside, staple.as_ref(), chain, issuer.as_ref(), stores);
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
        revocation: staple.map(|answer| Revocation { staple: Some(answer.says), ..Revocation::default() }),
        completed: None,
    }
}

/// Whether any store trusts a chain for a host, and nothing else: no explanation, for many chains. True where
/// one does. Timestamps are not verified, so a root whose trust depends on them counts as one that is not
/// there.
pub fn verify(chain: &[Vec<u8>], host: &Host, stores: &TrustStores, now: Time) -> bool {
    stores.iter().any(|store| store.verify(host, chain, None, now).is_ok())
}

/// What a revocation list says of a certificate that `issuer` has signed (all DER); none where one of the two is no
/// certificate.
pub fn revocation_list(list: &[u8], certificate: &[u8], issuer: &[u8]) -> Option<OcspAnswer> {
    let certificate = parse::read(certificate)?;
    let issuer = parse::read(issuer)?;
    Some(crl::answer(list, &certificate, &Issuer::from_certificate(&issuer)))
}

/// What an OCSP answer says of a certificate that `issuer` has signed (all DER), at the time `now`; none where one of
/// the two is no certificate.
pub fn ocsp_answer(answer: &[u8], certificate: &[u8], issuer: &[u8], now: Time) -> Option<OcspAnswer> {
    let certificate = parse::read(certificate)?;
    let issuer = parse::read(issuer)?;
    Some(ocsp::answer(answer, &certificate, &Issuer::from_certificate(&issuer), now).says)
}

/// The timestamps of the leaf, wherever they came; none without a list of logs. `staple` is the OCSP answer that came.
fn transparency(
    beside: Option<Beside<'_>>,
    staple: Option<&ocsp::Answer<'_>>,
    chain: &[Vec<u8>],
    issuer: Option<&Issuer>,
    stores: &TrustStores,
) -> Option<Transparency> {
    let (logs, leaf) = (stores.logs()?, chain.first()?);
    let tls = beside.and_then(|beside| beside.timestamps).map(|list| (TimestampSource::Tls, list));
    let ocsp = staple.and_then(|staple| staple.timestamps).map(|list| (TimestampSource::Ocsp, list));
    let others: Vec<_> = tls.into_iter().chain(ocsp).collect();
    let mut found = ct::transparency(leaf, issuer.map(|issuer| issuer.spki.as_slice()), &others, logs);
    found.not_looked = not_looked(beside, staple);
    Some(found)
}

/// The places beside the certificate that could not be searched for timestamps.
fn not_looked(beside: Option<Beside<'_>>, staple: Option<&ocsp::Answer<'_>>) -> Vec<NotLooked> {
    let mut places = Vec::new();
    let mut add = |place, kind, why: String| places.push(NotLooked { place, why: Reason::new(kind, why) });
    if beside.is_none() {
        for place in [TimestampSource::Tls, TimestampSource::Ocsp] {
            let why = "no hello that can ask for it brought this certificate";
            add(place, ReasonKind::NotAsked, why.into());
        }
    }
    match staple.map(|staple| &staple.says) {
        Some(OcspAnswer::Unverified { why }) => {
            let why = format!("the stapled OCSP answer could not be verified: {why}");
            add(TimestampSource::Ocsp, ReasonKind::Other, why);
        }
        Some(OcspAnswer::Bad { why }) => {
            let why = format!("the stapled OCSP answer proves nothing: {why}");
            add(TimestampSource::Ocsp, ReasonKind::Protocol, why);
        }
        Some(OcspAnswer::Verified { .. }) | None => {}
    }
    places
}

/// What was stapled.
fn staple<'a>(
    staple: &'a [u8],
    leaf: &X509Certificate<'_>,
    issuer: Option<&Issuer>,
    now: Time,
) -> ocsp::Answer<'a> {
    match issuer {
        Some(issuer) => ocsp::answer(staple, leaf, issuer, now),
        None => {
            let why = "the certificate of its issuer is not at hand".into();
            ocsp::Answer { says: OcspAnswer::Unverified { why }, timestamps: None }
        }
    }
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
