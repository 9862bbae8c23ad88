//! One endpoint, whole: versions, and what can only be asked once they are known.

use std::net::SocketAddr;

use futures_util::future::join_all;
use midwatch_model::{
    Host, Outcome, ReasonKind, TlsEndpoint, TlsVersion, VersionFacts, VersionResult, lossless,
};
use midwatch_wire::tls::certificate::Presented;
use midwatch_wire::tls::client_hello::ClientHello;
use midwatch_wire::tls::flight::Flight;
use midwatch_wire::tls::{alert, extension, suites};

use super::ask::{Answer, Asker, Ssl2};
use super::tls13::{self, With};
use super::version::{VersionProbe, VersionRun};
use crate::net::Net;
use crate::pki::Beside;
use crate::progress::Progress;
use crate::starttls::Opening;

/// What an endpoint accepts, and the chains that it sent.
#[derive(Debug)]
pub struct EndpointRun {
    /// The facts.
    pub endpoint: TlsEndpoint,
    /// Every different chain, in a stable order.
    pub chains: Vec<SentChain>,
}

/// A chain as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentChain {
    /// Versions and kinds of suites that brought it.
    pub met_with: Vec<String>,
    /// DER, leaf first.
    pub certificates: Vec<Vec<u8>>,
    /// The hello asked for what a server may send beside a certificate. That of SSL 3.0 cannot.
    pub asked_beside: bool,
    /// The OCSP response stapled to it.
    pub ocsp: Option<Vec<u8>>,
    /// The list of timestamps that came with it in the handshake (RFC 6962 section 3.3.1).
    pub timestamps: Option<Vec<u8>>,
}

impl SentChain {
    /// What came beside the leaf; none where that could not be asked for.
    pub fn beside(&self) -> Option<Beside<'_>> {
        let beside = Beside { ocsp: self.ocsp.as_deref(), timestamps: self.timestamps.as_deref() };
        self.asked_beside.then_some(beside)
    }

    /// The chain of a flight below TLS 1.3.
    pub(super) fn from_flight(met_with: String, flight: &Flight) -> Self {
        let hello = flight.hello.as_ref();
        SentChain {
            met_with: vec![met_with],
            certificates: flight.certificates.clone(),
            asked_beside: hello.is_some_and(|hello| hello.version > TlsVersion::Ssl3),
            ocsp: flight.ocsp.clone(),
            timestamps: hello.and_then(|hello| hello.timestamps.clone()),
        }
    }

    pub(super) fn from_tls13(presented: Presented, with: With) -> Self {
        let met_with = vec![format!("TLS 1.3 with {} signatures", with.name())];
        let Presented { certificates, ocsp, timestamps } = presented;
        SentChain { met_with, certificates, asked_beside: true, ocsp, timestamps }
    }
}

/// Different chains kept of one endpoint.
const MAX_CHAINS: usize = 8;

/// Measures the endpoint at `address`, over connections that are opened so. `server_name` is sent as SNI.
pub async fn endpoint(
    net: &Net,
    opening: &Opening,
    host: &Host,
    port: u16,
    address: SocketAddr,
    server_name: Option<&str>,
    progress: &dyn Progress,
) -> EndpointRun {
    let asker = Asker::new(net.clone(), address, opening.clone());
    let probed = TlsVersion::ALL.iter().skip(1).map(|&version| {
        let probe = VersionProbe::new(&asker, version, server_name);
        async move { (version, probe.run().await) }
    });
    let (mut runs, mut ssl2_support): (Vec<(TlsVersion, VersionRun)>, _) =
        tokio::join!(join_all(probed), ssl2(&asker));
    // Only the other answers tell whether a close without a word is this endpoint's way of saying no.
    if ssl2_support.why_not().is_some_and(|why| why.kind == ReasonKind::Closed) && asker.is_alive() {
        ssl2_support = ssl2(&asker).await;
    }
    // The same of every other version.
    let closed = |support: &Outcome<VersionFacts>| {
        support.why_not().is_some_and(|why| matches!(why.kind, ReasonKind::Closed | ReasonKind::Reset))
    };
    if asker.is_alive() {
        let again = runs.iter_mut().filter(|(_, run)| closed(&run.support)).map(|(version, run)| {
            let probe = VersionProbe::new(&asker, *version, server_name);
            async move { *run = probe.run().await }
        });
        join_all(again).await;
    }
    progress.step(asker.connections().into(), None, &format!("TLS of {address}"));

    let accepted: Vec<(TlsVersion, Vec<u16>)> = runs
        .iter()
        .filter_map(|(version, run)| {
            let ids = run.support.value()?.suites.iter().map(|suite| suite.id.0 as u16).collect();
            Some((*version, ids))
        })
        .collect();
    let fallback_scsv = fallback(&asker, &accepted, server_name).await;
    let mut chains = chains(&runs);
    let mut alpn = alpn(&runs);
    let only13 = accepted.iter().all(|(version, _)| *version == TlsVersion::Tls13) && !accepted.is_empty();
    let below13 = Below13 { runs: &runs, only13 };
    let mut ocsp_staple = below13.any(|flight| flight.ocsp.is_some());
    let mut connections = asker.connections();
    if only13 {
        let (mut met_any, mut told) = (false, None);
        for with in With::ALL {
            connections += 1;
            match tls13::meet(net, opening, address, server_name, with).await {
                Ok(met) => {
                    met_any = true;
                    let stapled = ocsp_staple.value() == Some(&true) || met.presented.ocsp.is_some();
                    ocsp_staple = Outcome::seen(stapled);
                    alpn = Outcome::seen(lossless(met.alpn.as_deref().unwrap_or_default()));
                    keep(&mut chains, SentChain::from_tls13(met.presented, with));
                }
                // A server has one kind of certificate as a rule: that it refuses the other kind says least.
                Err(why) if !met_any && told.is_none_or(|kind| kind == ReasonKind::Handshake) => {
                    told = Some(why.kind);
                    (ocsp_staple, alpn) = (why.clone().into(), why.into());
                }
                Err(_) => {}
            }
        }
    } else if accepted.iter().any(|(version, _)| *version == TlsVersion::Tls13) {
        // A certificate that no suite below goes with, because those suites are switched off, is sent in TLS 1.3 all the same.
        for with in With::ALL.into_iter().filter(|with| !is_met(&runs, *with)) {
            connections += 1;
            if let Ok(met) = tls13::meet(net, opening, address, server_name, with).await {
                keep(&mut chains, SentChain::from_tls13(met.presented, with));
            }
        }
    }

    let endpoint = TlsEndpoint {
        host: host.clone(),
        port,
        address,
        sni: server_name.map(str::to_owned),
        fallback_scsv,
        secure_renegotiation: below13.any(|flight| has(flight, extension::RENEGOTIATION_INFO)),
        compression: below13.any(|flight| flight.hello.as_ref().is_some_and(|hello| hello.compression != 0)),
        extended_master_secret: below13.any(|flight| has(flight, extension::EXTENDED_MASTER_SECRET)),
        encrypt_then_mac: below13.any(|flight| has(flight, extension::ENCRYPT_THEN_MAC)),
        session_ticket: below13.any(|flight| has(flight, extension::SESSION_TICKET)),
        heartbeat: below13.any(|flight| has(flight, extension::HEARTBEAT)),
        ocsp_staple,
        alpn,
        quirks: {
            let mut quirks: Vec<_> =
                runs.iter_mut().flat_map(|(_, run)| std::mem::take(&mut run.quirks)).collect();
            quirks.sort();
            quirks.dedup();
            quirks
        },
        versions: std::iter::once(VersionResult { version: TlsVersion::Ssl2, support: ssl2_support })
            .chain(runs.into_iter().map(|(version, run)| VersionResult { version, support: run.support }))
            .collect(),
        connections,
    };
    EndpointRun { endpoint, chains }
}

async fn ssl2(asker: &Asker) -> Outcome<VersionFacts> {
    match asker.ask_ssl2().await {
        Ok(Ssl2::Spoken(kinds)) => {
            let mut list: Vec<_> = kinds.into_iter().map(suites::ssl2_suite).collect();
            list.sort_by_key(|suite| suite.id);
            list.dedup_by_key(|suite| suite.id);
            Outcome::seen(VersionFacts { suites: list, ..VersionFacts::default() })
        }
        Ok(Ssl2::Refused(how)) => Outcome::refused(how),
        Err(why) => why.into(),
    }
}

/// Offers the second-best version with TLS_FALLBACK_SCSV, as a client would after somebody broke its first
/// attempt (RFC 7507).
async fn fallback(
    asker: &Asker,
    accepted: &[(TlsVersion, Vec<u16>)],
    server_name: Option<&str>,
) -> Outcome<bool> {
    let [.., (version, ids), (best, _)] = accepted else {
        let why = "fewer than two versions are accepted, so there is nothing to fall back to";
        return Outcome::unmeasured(ReasonKind::NotAsked, why);
    };
    let offer: Vec<u16> = ids.iter().copied().take(super::families::LARGEST).collect();
    let hello = ClientHello {
        version: *version,
        suites: &offer,
        groups: &[midwatch_wire::tls::groups::X25519, midwatch_wire::tls::groups::SECP256R1, 0x18, 0x19],
        shares: &[],
        keys: &[],
        cookie: None,
        server_name,
        schemes: None,
        alpn: &[],
        fallback: true,
        compression: false,
    };
    match asker.ask(&hello).await {
        Answer::Hello(_) => Outcome::seen(false),
        Answer::Alert(alert) if alert.description == alert::INAPPROPRIATE_FALLBACK => Outcome::seen(true),
        Answer::Alert(alert) => Outcome::unmeasured(
            ReasonKind::Protocol,
            format!(
                "{version} with the fallback signal below {best} was answered with {alert}, which is neither"
            ),
        ),
        Answer::Closed => {
            Outcome::unmeasured(ReasonKind::Closed, "the connection was closed without an alert, twice")
        }
        Answer::Nothing(why) => why.into(),
    }
}

/// Facts that every ServerHello below TLS 1.3 tells.
struct Below13<'a> {
    runs: &'a [(TlsVersion, VersionRun)],
    only13: bool,
}

impl Below13<'_> {
    fn any(&self, is: impl Fn(&Flight) -> bool) -> Outcome<bool> {
        let mut below = self
            .runs
            .iter()
            .flat_map(|(_, run)| &run.flights)
            .filter(|flight| flight.hello.as_ref().is_some_and(|hello| hello.version < TlsVersion::Tls13))
            .peekable();
        if below.peek().is_some() {
            return Outcome::seen(below.any(is));
        }
        if self.only13 {
            let why = "TLS 1.3 alone is accepted, which has no such thing";
            return Outcome::unmeasured(ReasonKind::NotAsked, why);
        }
        not_accepted(self.runs, |version| version < TlsVersion::Tls13)
    }
}

/// Why a fact is missing that only these versions tell: what became of the newest that could not be measured,
/// else that they were refused.
fn not_accepted<T>(runs: &[(TlsVersion, VersionRun)], tells: impl Fn(TlsVersion) -> bool) -> Outcome<T> {
    let mut asked = runs.iter().rev().filter(|(version, _)| tells(*version));
    match asked.find_map(|(_, run)| run.support.why_not()) {
        Some(why) => why.clone().into(),
        None => Outcome::unmeasured(ReasonKind::NotAsked, "no version that would tell is accepted"),
    }
}

fn has(flight: &Flight, extension: u16) -> bool {
    flight.hello.as_ref().is_some_and(|hello| hello.has(extension))
}

fn alpn(runs: &[(TlsVersion, VersionRun)]) -> Outcome<String> {
    let mut hellos = runs.iter().flat_map(|(_, run)| &run.flights).filter_map(|flight| flight.hello.as_ref());
    // Only versions that offered it tell: TLS 1.2. In 1.3 the answer is encrypted.
    match hellos.find(|hello| hello.version == TlsVersion::Tls12) {
        Some(hello) => Outcome::seen(lossless(hello.alpn.as_deref().unwrap_or_default())),
        None => not_accepted(runs, |version| version == TlsVersion::Tls12),
    }
}

/// Whether a certificate of this kind was met below TLS 1.3.
fn is_met(runs: &[(TlsVersion, VersionRun)], with: With) -> bool {
    runs.iter().flat_map(|(_, run)| &run.flights).filter(|flight| !flight.certificates.is_empty()).any(
        |flight| {
            let hello = flight.hello.as_ref();
            hello.is_some_and(|hello| suites::suite(hello.suite).authentication == with.name())
        },
    )
}

fn chains(runs: &[(TlsVersion, VersionRun)]) -> Vec<SentChain> {
    let mut met: Vec<(String, &Flight)> = Vec::new();
    for (version, run) in runs {
        for flight in run.flights.iter().filter(|flight| !flight.certificates.is_empty()) {
            let Some(hello) = &flight.hello else { continue };
            let authentication = suites::suite(hello.suite).authentication;
            met.push((format!("{version} with {authentication} suites"), flight));
        }
    }
    // Newest version first, and the same order on every run.
    met.sort_by(|(a, first), (b, second)| {
        b.cmp(a).then_with(|| first.certificates.cmp(&second.certificates))
    });
    let mut chains = Vec::new();
    for (met_with, flight) in met {
        keep(&mut chains, SentChain::from_flight(met_with, flight));
    }
    chains
}

/// Adds a chain, or what it was met with to the same one met before.
pub(super) fn keep(chains: &mut Vec<SentChain>, chain: SentChain) {
    let known = chains.iter_mut().find(|known| known.certificates == chain.certificates);
    if let Some(known) = known {
        for with in chain.met_with {
            if !known.met_with.contains(&with) {
                known.met_with.push(with);
            }
        }
        known.asked_beside |= chain.asked_beside;
        known.ocsp = known.ocsp.take().or(chain.ocsp);
        known.timestamps = known.timestamps.take().or(chain.timestamps);
    } else if chains.len() < MAX_CHAINS && !chain.certificates.is_empty() {
        chains.push(chain);
    }
}
