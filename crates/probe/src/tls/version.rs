//! Everything that one version accepts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use midwatch_model::{
    DhParameters, Outcome, Preference, Quirk, QuirkKind, ReasonKind, Suite, TlsVersion, VersionFacts,
};
use midwatch_wire::tls::alert::{self, Alert};
use midwatch_wire::tls::client_hello::ClientHello;
use midwatch_wire::tls::flight::Flight;
use midwatch_wire::tls::groups::{self, Kind};
use midwatch_wire::tls::params::{self, Params};
use midwatch_wire::tls::{signatures, suites};
use sha2::{Digest, Sha256};

use super::ask::{Answer, Asker};
use super::families;
use super::primes;
use super::removal::{Choice, Found, remove};

/// What asking for one version brought.
#[derive(Debug)]
pub struct VersionRun {
    /// The result.
    pub support: Outcome<VersionFacts>,
    /// Every flight with a ServerHello of this version, in no order.
    pub flights: Vec<Flight>,
    /// What the server did wrong.
    pub quirks: Vec<Quirk>,
}

/// Asks for everything in SSL 3.0 to TLS 1.3.
pub struct VersionProbe<'a> {
    asker: &'a Asker,
    version: TlsVersion,
    server_name: Option<&'a str>,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    flights: Vec<Flight>,
    quirks: Vec<Quirk>,
    seen_groups: Vec<u16>,
    /// The server fails on hellos that are large because of a post-quantum share: why.
    without_post_quantum: Option<String>,
    answered_with: Option<TlsVersion>,
}

/// Protocols offered with ALPN.
pub(super) const ALPN: [&str; 2] = ["h2", "http/1.1"];
/// Doubtful refusals and failures of large hellos are halved this many times.
const DOUBT: u8 = 2;

impl<'a> VersionProbe<'a> {
    /// For one version (not SSL 2.0) of one endpoint.
    pub fn new(asker: &'a Asker, version: TlsVersion, server_name: Option<&'a str>) -> Self {
        VersionProbe { asker, version, server_name, shared: Mutex::default() }
    }

    /// Runs to the end.
    pub async fn run(self) -> VersionRun {
        let ask = |offer: Vec<u16>| self.offer_suites(offer);
        let mut families = families::of(self.version).into_iter();
        let mut found = Found::default();
        // Versions below 1.2 are refused by most: one offer settles that. From 1.2 on all families are
        // asked at once, which saves a round trip wherever they are accepted.
        let mut rest: Vec<Vec<u16>> = Vec::new();
        if self.version < TlsVersion::Tls12 {
            let scout: Vec<u16> = families.by_ref().take(4).flatten().collect();
            let choice = self.offer_suites(scout.clone()).await;
            match choice {
                Choice::Refused(how) if !how.contains("handshake_failure") => {
                    return self.finish(Found { refusals: vec![how], ..Found::default() }, None).await;
                }
                Choice::Unmeasured(why) if !self.asker.is_alive() => {
                    return self.finish(Found { unmeasured: vec![why], ..Found::default() }, None).await;
                }
                Choice::Chosen(item) => {
                    found.accepted.push(item);
                    found.choices.push((scout.clone(), item));
                    let left = scout.into_iter().filter(|&other| other != item).collect::<Vec<_>>();
                    rest = split_by_family(&left);
                }
                Choice::NotOffered(what) => found.not_offered.push(what),
                // No usual suite, or no usual answer: the families on their own may tell more.
                Choice::Refused(how) => found.refusals.push(how),
                // A server that says no by closing: where it does so to each family too, the no is about the version.
                Choice::Silent(how) => {
                    let parts = split_by_family(&scout);
                    let asked = join_all(parts.into_iter().map(|family| remove(family, 0, &ask))).await;
                    found = asked.into_iter().fold(found, Found::join);
                    let is_closed = found.refusals.iter().all(|other| *other == how);
                    if found.accepted.is_empty() && found.unmeasured.is_empty() && is_closed {
                        return self.finish(found, None).await;
                    }
                }
                Choice::Doubtful(_) | Choice::Unmeasured(_) => rest = split_by_family(&scout),
            }
        }
        rest.extend(families);
        let parts = join_all(rest.into_iter().map(|family| remove(family, DOUBT, &ask))).await;
        for part in parts {
            found.accepted.extend(part.accepted);
            found.choices.extend(part.choices);
            found.refusals.extend(part.refusals);
            found.not_offered.extend(part.not_offered);
            found.unmeasured.extend(part.unmeasured);
            found.large_failed = found.large_failed.or(part.large_failed);
        }
        found.accepted.sort_unstable();
        found.accepted.dedup();
        if found.accepted.is_empty() {
            return self.finish(found, None).await;
        }
        let (preference, groups_incomplete) =
            tokio::join!(self.preference(&found), self.remaining_groups(&found.accepted));
        self.finish(found, Some((preference, groups_incomplete))).await
    }

    async fn finish(self, found: Found, more: Option<(Preference, Option<String>)>) -> VersionRun {
        let alive = self.asker.is_alive();
        let version = self.version;
        let mut shared = self.shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(detail) = found.large_failed {
            shared.quirks.push(Quirk { kind: QuirkKind::LargeHelloIntolerant, detail });
        }
        if let Some(why) = &shared.without_post_quantum {
            let detail =
                format!("a hello with a post-quantum key share fails, a smaller one does not: {why}");
            shared.quirks.push(Quirk { kind: QuirkKind::LargeHelloIntolerant, detail });
        }
        for detail in &found.not_offered {
            let detail = format!("{version}: {detail}");
            shared.quirks.push(Quirk { kind: QuirkKind::SuiteNotOffered, detail });
        }
        let support = match more {
            Some((preference, groups_incomplete)) => {
                let incomplete = found
                    .unmeasured
                    .first()
                    .map(ToString::to_string)
                    .or_else(|| found.not_offered.first().cloned());
                Outcome::seen(facts(&found.accepted, incomplete, preference, groups_incomplete, &shared))
            }
            None => match (found.unmeasured.first(), found.refusals.first(), shared.answered_with) {
                (_, _, Some(other)) => Outcome::refused(format!("answered with {other}")),
                // A refusal of every part, or of all that could be measured of an endpoint that answers.
                (None, Some(how), _) => Outcome::refused(how.clone()),
                (Some(why), _, _) => why.clone().into(),
                (None, None, _) => {
                    let detail = found.not_offered.first().cloned().unwrap_or_else(|| {
                        if alive { "no answer to read" } else { "the endpoint does not answer" }.into()
                    });
                    Outcome::unmeasured(ReasonKind::Protocol, detail)
                }
            },
        };
        shared.quirks.sort();
        shared.quirks.dedup();
        VersionRun { support, flights: shared.flights, quirks: shared.quirks }
    }

    /// Offers suites, with the groups not yet seen before those that were: each answer then tells a group
    /// beside its suite wherever the server goes by the client's order.
    async fn offer_suites(&self, offer: Vec<u16>) -> Choice {
        let groups = self.group_order();
        let answer = self.ask(&offer, &groups).await;
        self.choice(answer, |flight| flight.hello.as_ref().map(|hello| hello.suite), &offer)
    }

    /// Sends a hello. Where a large one (a post-quantum share makes two segments of it) fails, a small one
    /// tells whether the size was the reason.
    async fn ask(&self, suites: &[u16], groups: &[u16]) -> Answer {
        let skip = self.lock().without_post_quantum.is_some();
        let groups: Vec<u16> = groups.iter().copied().filter(|&id| !(skip && is_post_quantum(id))).collect();
        let shares = self.shares(&groups);
        let answer = self.asker.ask(&self.hello(suites, &groups, &shares)).await;
        let Answer::Nothing(why) = &answer else { return answer };
        let small: Vec<u16> = groups.iter().copied().filter(|&id| !is_post_quantum(id)).collect();
        if !shares.iter().any(|&id| is_post_quantum(id)) || small.is_empty() {
            return answer;
        }
        let again = self.asker.ask(&self.hello(suites, &small, &self.shares(&small))).await;
        if matches!(again, Answer::Nothing(_)) {
            return answer;
        }
        self.lock().without_post_quantum.get_or_insert_with(|| why.to_string());
        again
    }

    /// Key shares for the groups offered that no answer has named yet: a share draws the choice. One
    /// post-quantum share at a time, since each is more than a kilobyte.
    fn shares(&self, groups: &[u16]) -> Vec<u16> {
        if self.version < TlsVersion::Tls13 {
            return Vec::new();
        }
        let seen = self.lock().seen_groups.clone();
        let unseen: Vec<u16> = groups.iter().copied().filter(|group| !seen.contains(group)).collect();
        let candidates = if unseen.is_empty() { groups } else { &unseen };
        let (quantum, classical): (Vec<u16>, Vec<u16>) = candidates
            .iter()
            .copied()
            .filter(|&id| groups::key_share(id, &mut || 0).is_some())
            .partition(|&id| is_post_quantum(id));
        quantum.into_iter().take(1).chain(classical).collect()
    }

    fn hello<'b>(&'b self, suites: &'b [u16], groups: &'b [u16], shares: &'b [u16]) -> ClientHello<'b> {
        let alpn: &[&str] = if self.version >= TlsVersion::Tls12 { &ALPN } else { &[] };
        ClientHello {
            version: self.version,
            suites,
            groups,
            shares,
            keys: &[],
            cookie: None,
            server_name: self.server_name,
            schemes: None,
            alpn,
            fallback: false,
            compression: true,
        }
    }

    fn group_order(&self) -> Vec<u16> {
        let seen = self.lock().seen_groups.clone();
        let all = self.offerable_groups();
        let unseen = all.iter().copied().filter(|group| !seen.contains(group));
        unseen.chain(seen.iter().copied()).collect()
    }

    /// Groups in the order in which browsers and OpenSSL would offer them, the rest behind.
    fn offerable_groups(&self) -> Vec<u16> {
        const FIRST: [u16; 6] = [groups::X25519MLKEM768, groups::X25519, groups::SECP256R1, 0x1e, 0x18, 0x19];
        let fits = |group: &&groups::Group| match self.version {
            TlsVersion::Tls13 => group.tls13,
            _ => group.kind == Kind::Curve && !group.name.ends_with("tls13") && group.id < 0xff00,
        };
        let mut list: Vec<u16> = groups::ALL.iter().filter(fits).map(|group| group.id).collect();
        list.sort_by_key(|id| (FIRST.iter().position(|first| first == id).unwrap_or(FIRST.len()), *id));
        list
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads an answer as a choice from `offer`, and keeps its flight.
    fn choice(&self, answer: Answer, pick: impl Fn(&Flight) -> Option<u16>, offer: &[u16]) -> Choice {
        let flight = match answer {
            Answer::Nothing(why) => return Choice::Unmeasured(why),
            Answer::Closed => return Choice::Silent("closed the connection without an alert, twice".into()),
            Answer::Alert(alert) => return refusal(alert),
            Answer::Hello(flight) => flight,
        };
        let Some(hello) = &flight.hello else {
            return Choice::Refused("no ServerHello".into());
        };
        if hello.version != self.version {
            let mut shared = self.lock();
            if hello.version > self.version
                || self.version == TlsVersion::Tls13 && hello.version < TlsVersion::Tls12
            {
                let detail = format!("{} was offered, {} was answered", self.version, hello.version);
                shared.quirks.push(Quirk { kind: QuirkKind::VersionNotOffered, detail });
            }
            shared.answered_with = Some(hello.version);
            return Choice::Refused(format!("answered with {}", hello.version));
        }
        let chosen = pick(&flight);
        let mut shared = self.lock();
        if let Some(group) = group_of(&flight).filter(|group| !shared.seen_groups.contains(group)) {
            shared.seen_groups.push(group);
        }
        if let Some(fault) = dh_fault(&flight) {
            let suite = suites::suite(hello.suite).name;
            let detail = format!("{} with {suite}: {fault}", self.version);
            shared.quirks.push(Quirk { kind: QuirkKind::BadDhParameters, detail });
        }
        let name = suites::suite(hello.suite).name;
        shared.flights.push(*flight);
        match chosen {
            Some(item) if offer.contains(&item) => Choice::Chosen(item),
            Some(item) => Choice::NotOffered(format!("chose {name} ({item:#06x}), which was not offered")),
            None => Choice::Refused("the answer names no group".into()),
        }
    }

    /// Who decides: the picks so far tell, and one more hello with the order reversed where they do not.
    async fn preference(&self, found: &Found) -> Preference {
        if found.accepted.len() < 2 {
            return Preference::Unknown;
        }
        let first_accepted = |offer: &[u16]| offer.iter().find(|item| found.accepted.contains(item)).copied();
        if found.choices.iter().any(|(offer, pick)| first_accepted(offer) != Some(*pick)) {
            return Preference::Server;
        }
        // Every pick so far was the first that it could be. The same pair the other way round decides.
        let Some((offer, pick)) = found
            .choices
            .iter()
            .find(|(offer, _)| offer.iter().filter(|item| found.accepted.contains(item)).count() > 1)
        else {
            return Preference::Unknown;
        };
        let mut reversed: Vec<u16> =
            offer.iter().copied().filter(|item| found.accepted.contains(item)).collect();
        reversed.reverse();
        match self.offer_suites(reversed.clone()).await {
            Choice::Chosen(item) if Some(&item) == reversed.first() => Preference::Client,
            Choice::Chosen(item) if item == *pick => Preference::Server,
            Choice::Chosen(_) => Preference::Server,
            _ => Preference::Unknown,
        }
    }

    /// Offers the groups that no answer has named yet, until the answer is no. Returns why the list may be
    /// short.
    async fn remaining_groups(&self, accepted: &[u16]) -> Option<String> {
        if self.version < TlsVersion::Tls10 {
            return None;
        }
        let tls13 = self.version == TlsVersion::Tls13;
        let ephemeral: Vec<u16> = accepted
            .iter()
            .copied()
            .filter(|&id| tls13 || suites::suite(id).key_exchange == "ECDHE")
            .collect();
        if ephemeral.is_empty() {
            return None;
        }
        // Up to TLS 1.2 an ECDSA certificate can only be used where its own curve is among the groups
        // offered (RFC 8422 section 5.1), so leaving that curve out would be refused for another reason.
        let (offer, pinned): (Vec<u16>, Vec<u16>) = if tls13 {
            (ephemeral, Vec::new())
        } else {
            let with_rsa: Vec<u16> =
                ephemeral.iter().copied().filter(|&id| suites::suite(id).authentication != "ECDSA").collect();
            if with_rsa.is_empty() {
                (ephemeral, self.lock().seen_groups.clone())
            } else {
                (with_rsa, Vec::new())
            }
        };
        let seen = self.lock().seen_groups.clone();
        let unseen: Vec<u16> =
            self.offerable_groups().into_iter().filter(|group| !seen.contains(group)).collect();
        let ask = |set: Vec<u16>| {
            let groups: Vec<u16> = set.iter().chain(&pinned).copied().collect();
            let offer = offer.clone();
            async move {
                let answer = self.ask(&offer, &groups).await;
                match self.choice(answer, group_of, &groups) {
                    // The pinned curve again: the server would rather have it than any of the others, or
                    // has none of them.
                    Choice::Chosen(group) if !set.contains(&group) => Choice::Refused("a seen curve".into()),
                    // Without ECDHE the answer says nothing of groups, and that none was to its liking.
                    other => other,
                }
            }
        };
        let found = remove(unseen, 1, &ask).await;
        if let Some(why) = self.lock().without_post_quantum.clone() {
            return Some(format!("post-quantum groups could not be measured: {why}"));
        }
        if let Some(why) = found.unmeasured.first() {
            return Some(why.to_string());
        }
        let server_order = found.refusals.iter().any(|how| how == "a seen curve");
        (server_order && !pinned.is_empty()).then(|| {
            "with ECDSA certificates alone the server always chose a curve that it had chosen before; \
             curves it likes less cannot be told"
                .to_owned()
        })
    }
}

/// Suites of the scout's offer by family again.
fn split_by_family(list: &[u16]) -> Vec<Vec<u16>> {
    let mut families: BTreeMap<(String, String), Vec<u16>> = BTreeMap::new();
    for &id in list {
        let suite = suites::suite(id);
        families.entry((suite.key_exchange, suite.authentication)).or_default().push(id);
    }
    families.into_values().collect()
}

/// The alerts that say no to a version or to all suites; any other may have another cause.
fn refusal(alert: Alert) -> Choice {
    match alert.description {
        alert::HANDSHAKE_FAILURE | alert::PROTOCOL_VERSION | alert::INSUFFICIENT_SECURITY => {
            Choice::Refused(alert.to_string())
        }
        _ => Choice::Doubtful(alert.to_string()),
    }
}

fn group_of(flight: &Flight) -> Option<u16> {
    let hello = flight.hello.as_ref()?;
    hello.group.or_else(|| match flight.exchange.as_ref()?.params {
        Params::Named { group } => Some(group),
        _ => None,
    })
}

fn is_post_quantum(id: u16) -> bool {
    groups::of(id).is_some_and(|group| group.kind == Kind::PostQuantum)
}

fn dh_fault(flight: &Flight) -> Option<String> {
    if let Some(fault) = &flight.exchange_fault {
        return Some(fault.clone());
    }
    match &flight.exchange.as_ref()?.params {
        Params::Dh { prime, generator, public } => {
            params::dh_fault(prime, generator, public).map(str::to_owned)
        }
        _ => None,
    }
}

fn facts(
    accepted: &[u16],
    suites_incomplete: Option<String>,
    preference: Preference,
    groups_incomplete: Option<String>,
    shared: &Shared,
) -> VersionFacts {
    let mut schemes: Vec<u16> =
        shared.flights.iter().filter_map(|flight| flight.exchange.as_ref()?.scheme).collect();
    schemes.sort_unstable();
    schemes.dedup();
    let mut seen = shared.seen_groups.clone();
    seen.sort_unstable();
    VersionFacts {
        suites: accepted.iter().map(|&id| suite_with_parameters(id, &shared.flights)).collect(),
        suites_incomplete,
        preference,
        groups: seen.into_iter().map(groups::name).collect(),
        groups_incomplete,
        signature_schemes: schemes.into_iter().map(signatures::name).collect(),
    }
}

fn suite_with_parameters(id: u16, flights: &[Flight]) -> Suite {
    let mut suite = suites::suite(id);
    // Which group came with which suite depends on what had been seen by then, so it is not told per
    // suite; finite-field parameters are the server's own and do not vary.
    let of_suite =
        flights.iter().filter(|flight| flight.hello.as_ref().is_some_and(|hello| hello.suite == id));
    for flight in of_suite {
        match flight.exchange.as_ref().map(|exchange| &exchange.params) {
            Some(Params::Dh { prime, .. }) => suite.dh = Some(dh_parameters(prime)),
            Some(Params::ExportRsa { bits }) => suite.group = Some(format!("RSA {bits}")),
            Some(Params::ExplicitCurve) => suite.group = Some("explicit curve".into()),
            _ => {}
        }
    }
    suite
}

fn dh_parameters(prime: &[u8]) -> DhParameters {
    let prime_sha256: String = Sha256::digest(prime).iter().map(|byte| format!("{byte:02x}")).collect();
    DhParameters {
        bits: params::bits(prime).min(usize::from(u16::MAX)) as u16,
        known_as: primes::name(&prime_sha256).map(str::to_owned),
        prime_sha256,
    }
}
