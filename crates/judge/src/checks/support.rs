//! What several checks share.

use std::net::SocketAddr;

use midwatch_fields::set_cookie::domain_match;
use midwatch_fields::site;
use midwatch_model::{
    CertificateChain, DanglingKind, LocalSetting, LocalTrust, NotLooked, ParsedCertificate, PrivateAnchor,
    RejectionKind, Severity, Starttls, Suite, Time, TimestampSource, TlsVersion, Transparency, VersionFacts,
};

use crate::check::Findings;
use crate::view::trust::{public_store, rejections};
use crate::view::{HstsSeen, View};
use crate::words;

/// Names of suites, groups and the like that one piece of evidence lists.
const MAX_NAMES: usize = 6;

/// Characters of a header that one piece of evidence repeats.
const MAX_VALUE: usize = 200;

/// Names of one kind that lead to a name which does not exist. High where its domain might be registered, else
/// `otherwise`. A resolver that answers everything proves nothing of it.
pub(crate) fn find_dangling(view: &View<'_>, found: &mut Findings, kind: DanglingKind, otherwise: Severity) {
    let Some(seen) = view.dns.delegation.filter(|_| !view.dns.resolver_lies()) else { return };
    for dangling in seen.fact.dangling.iter().filter(|dangling| dangling.kind == kind) {
        let (severity, more) = match &dangling.registrable {
            Some(domain) => {
                (Severity::High, format!(", and neither does {domain}, which might be registered"))
            }
            None => (otherwise, String::new()),
        };
        let what = format!("it leads to {}, which does not exist{more}", dangling.target);
        found.at(&dangling.name).severity(severity).see(seen.id, what);
    }
}

/// Where a setting of this computer stands.
pub(crate) fn setting_place(setting: &LocalSetting) -> String {
    match setting.line {
        Some(line) => format!("{}, line {line}", setting.file),
        None => format!("{} in {}", setting.name, setting.file),
    }
}

/// What a private trust anchor is called, with its store.
pub(crate) fn anchor_place(trust: &LocalTrust, anchor: &PrivateAnchor) -> String {
    let name = if anchor.subject.is_empty() { anchor.sha256.as_str() } else { anchor.subject.as_str() };
    format!("{name} ({})", trust.store)
}

/// What there is to say of a private trust anchor: its key, its files and since when, and its limits.
pub(crate) fn anchor_story(anchor: &PrivateAnchor, now: Time) -> String {
    let mut story = format!("a root with a key of {}", anchor.key);
    if !anchor.is_ca {
        story = format!("a certificate of a single server, with a key of {}", anchor.key);
    }
    if let Some(file) = anchor.files.first() {
        story.push_str(&format!(", in {file}"));
    }
    if let Some(since) = anchor.since {
        story.push_str(&format!(", changed last at {since}"));
    }
    if !anchor.permitted.is_empty() {
        let names: Vec<&str> = anchor.permitted.iter().take(MAX_NAMES).map(String::as_str).collect();
        story.push_str(&format!(", limited to {}", names.join(", ")));
    }
    if !anchor.purposes.is_empty() {
        let names: Vec<&str> = anchor.purposes.iter().take(MAX_NAMES).map(String::as_str).collect();
        story.push_str(&format!(", for {}", names.join(", ")));
    }
    if anchor.not_after < now {
        story.push_str(&format!(", expired at {}", anchor.not_after));
    }
    story
}

/// True for a name that somebody registered with a registry. RFC 8375 sets home.arpa aside for homes.
pub(crate) fn is_registered(name: &str) -> bool {
    let suffix = site::registrable_domain(name).and_then(|domain| domain.split_once('.'));
    suffix.is_some_and(|(_, suffix)| suffix != "home.arpa" && site::is_registry_suffix(suffix))
}

/// The places that were not searched for timestamps, each with the reason.
pub(crate) fn not_looked(transparency: &Transparency) -> Vec<String> {
    let said = |gap: &NotLooked| format!("{} ({})", place_of(gap.place), gap.why);
    transparency.not_looked.iter().map(said).collect()
}

/// Where a timestamp comes.
pub(crate) fn place_of(source: TimestampSource) -> &'static str {
    match source {
        TimestampSource::Certificate => "the certificate",
        TimestampSource::Tls => "the TLS handshake",
        TimestampSource::Ocsp => "the OCSP answer",
    }
}

/// One step less bad.
pub(crate) fn milder(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium => Severity::Low,
        Severity::Low | Severity::Info => Severity::Info,
    }
}

/// The severity at the target's own host, and one step less at its sibling, where fewer visitors begin.
pub(crate) fn at_host(view: &View<'_>, host: &str, severity: Severity) -> Severity {
    if host == view.host || host == view.certificate_host() { severity } else { milder(severity) }
}

/// The same for whether a certificate is trusted. Low for mail between servers: senders look at no certificate there unless
/// records or a policy have them do so (RFC 7435 3, RFC 7672 1.3), and that is judged by those.
pub(crate) fn of_trust(view: &View<'_>, host: &str, severity: Severity) -> Severity {
    let severity = at_host(view, host, severity);
    if view.starttls_by() == Some(Starttls::Smtp) { severity.min(Severity::Low) } else { severity }
}

/// How bad it is that a host has no HSTS policy: the sibling counts less, and less still where all that it
/// does over https is to lead elsewhere. A host on the browsers' preload list is met over https all the same.
pub(crate) fn without_policy(view: &View<'_>, host: &str) -> Severity {
    match host == view.host {
        _ if view.preloaded(host).is_some() => Severity::Low,
        true => Severity::High,
        false if only_redirects(view, host) => Severity::Low,
        false => Severity::Medium,
    }
}

/// True where every answer of a host over https is a redirect.
fn only_redirects(view: &View<'_>, host: &str) -> bool {
    view.answers
        .iter()
        .filter(|answer| answer.url.scheme() == "https" && answer.url.host_str() == Some(host))
        .all(|answer| answer.response.is_redirect())
}

/// What the target's host and its sibling say of HSTS. Addresses are left out: HSTS does not work there (RFC
/// 6797, 8.1.1).
pub(crate) fn hsts_hosts<'v, 'a>(view: &'v View<'a>) -> impl Iterator<Item = &'v HstsSeen<'a>> {
    view.hsts.iter().filter(|seen| view.is_own(&seen.host) && !site::is_address(&seen.host))
}

/// True where the policy of a name above covers a host for at least so many seconds.
pub(crate) fn covered_from_above(view: &View<'_>, host: &str, seconds: u64) -> bool {
    view.hsts.iter().any(|seen| {
        seen.host != host
            && domain_match(host, &seen.host)
            && view
                .hsts_policy(&seen.host)
                .is_some_and(|policy| policy.include_sub_domains && policy.max_age >= seconds)
    })
}

/// A header's value as evidence repeats it.
pub(crate) fn quoted(value: &str) -> String {
    format!("\"{}\"", short(value))
}

/// The beginning of a text that came from outside.
pub(crate) fn short(text: &str) -> String {
    let start: String = text.chars().take(MAX_VALUE).collect();
    if start.len() < text.len() { format!("{start} …") } else { start }
}

/// A version that an address of the target accepts.
#[derive(Clone, Copy)]
pub(crate) struct Accepted<'a> {
    /// The observation's id.
    pub(crate) id: &'a str,
    /// The address.
    pub(crate) at: SocketAddr,
    /// The version.
    pub(crate) version: TlsVersion,
    /// What is accepted within it.
    pub(crate) facts: &'a VersionFacts,
}

/// Every version that every address of the target accepts, oldest version first at each.
pub(crate) fn accepted<'a>(view: &View<'a>) -> Vec<Accepted<'a>> {
    let mut all = Vec::new();
    for endpoint in &view.endpoints {
        let (id, at) = (endpoint.id, endpoint.fact.address);
        all.extend(endpoint.fact.accepted().map(|(version, facts)| Accepted { id, at, version, facts }));
    }
    all
}

/// The observations and the words for the suites for which `is` holds: `192.0.2.7:443 accepts A and B in TLS
/// 1.2`.
pub(crate) fn suites<'a>(view: &View<'a>, is: impl Fn(TlsVersion, &Suite) -> bool) -> Vec<(&'a str, String)> {
    let with_any = |accepted: Accepted<'a>| {
        let names: Vec<&str> = accepted
            .facts
            .suites
            .iter()
            .filter(|suite| is(accepted.version, suite))
            .map(|suite| suite.name.as_str())
            .collect();
        (!names.is_empty()).then(|| {
            let (at, version) = (accepted.at, accepted.version);
            (accepted.id, format!("{at} accepts {} in {version}", words::some(&names, MAX_NAMES)))
        })
    };
    accepted(view).into_iter().filter_map(with_any).collect()
}

/// One finding at the target's TLS service for the suites for which `is` holds.
pub(crate) fn find_suites(view: &View<'_>, found: &mut Findings, is: impl Fn(TlsVersion, &Suite) -> bool) {
    for (id, detail) in suites(view, is) {
        found.at(view.endpoint_name()).see(id, detail);
    }
}

/// Names of groups or the like as evidence lists them.
pub(crate) fn names<S: AsRef<str>>(list: &[S]) -> String {
    words::some(list, MAX_NAMES)
}

/// Nothing is encrypted: NULL, and the two suites of TLS 1.3 that only protect against changes (RFC 9150).
pub(crate) fn is_null(suite: &Suite) -> bool {
    suite.cipher == "NULL" || matches!(suite.name.as_str(), "TLS_SHA256_SHA256" | "TLS_SHA384_SHA384")
}

/// Keys of 64 bits or fewer, other than those of the export rules.
pub(crate) fn is_short_key(suite: &Suite) -> bool {
    !suite.export && (1..=64).contains(&suite.bits)
}

/// RC4 with keys that are not short.
pub(crate) fn is_rc4(suite: &Suite) -> bool {
    suite.cipher == "RC4" && !suite.export
}

/// Blocks of 64 bits, under keys that are not short.
pub(crate) fn is_small_block(suite: &Suite) -> bool {
    !suite.export
        && suite.bits > 64
        && matches!(suite.cipher.as_str(), "3DES-CBC" | "IDEA-CBC" | "RC2-CBC" | "GOST-28147" | "MAGMA")
}

/// A suite of sound ciphers in the mode that Lucky Thirteen is about.
pub(crate) fn is_cbc(suite: &Suite) -> bool {
    suite.cipher.ends_with("-CBC") && suite.bits > 64 && !is_small_block(suite) && !suite.export
}

/// A suite whose cipher, key exchange or proof of identity another check finds fault with.
pub(crate) fn is_broken(suite: &Suite) -> bool {
    suite.export
        || suite.anonymous
        || is_null(suite)
        || is_short_key(suite)
        || is_rc4(suite)
        || is_small_block(suite)
}

/// A group whose strength is below 112 bits: the field has fewer than 224.
pub(crate) fn is_weak_group(name: &str) -> bool {
    let field = |start: &str| name.strip_prefix(start).and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
    name == "arbitrary_explicit_prime_curves"
        || field("secp").or_else(|| field("sect")).is_some_and(|bits| bits < 224)
}

/// `host:port` of a chain.
pub(crate) fn place(chain: &CertificateChain) -> String {
    format!("{}:{}", chain.host, chain.port)
}

/// Which certificate of a chain it is, and at which address it was met.
pub(crate) fn which(chain: &CertificateChain, at: usize) -> String {
    let subject = chain
        .certificates
        .get(at)
        .and_then(|certificate| certificate.parsed.as_ref())
        .map(|parsed| format!(" ({})", parsed.subject))
        .unwrap_or_default();
    match at {
        0 => format!("the server's certificate{subject} at {}", chain.address),
        _ => format!("certificate {at} of the chain{subject} at {}", chain.address),
    }
}

/// One finding for each place where a chain that no store trusts is refused for one of these reasons.
pub(crate) fn find_rejected(
    view: &View<'_>,
    found: &mut Findings,
    kinds: &[RejectionKind],
    severity: Severity,
) {
    for chain in &view.chains {
        let severity = of_trust(view, &chain.fact.host.to_string(), severity);
        for rejection in rejections(chain.fact).iter().filter(|rejection| kinds.contains(&rejection.kind)) {
            found
                .at(place(chain.fact))
                .severity(severity)
                .source(&rejection.source)
                .see(chain.id, format!("{}: {}", which(chain.fact, rejection.at), rejection.detail));
        }
    }
}

/// The server's own certificate, where it could be read.
pub(crate) fn leaf(chain: &CertificateChain) -> Option<&ParsedCertificate> {
    chain.certificates.first()?.parsed.as_ref()
}

/// The same, where a public root programme trusts the chain: only such certificates are under the Baseline
/// Requirements.
pub(crate) fn public_leaf(chain: &CertificateChain) -> Option<&ParsedCertificate> {
    public_store(chain).and_then(|_| leaf(chain))
}

/// As many names as are kept of a certificate: there may be more.
pub(crate) const MAX_NAMES_KEPT: usize = 1000;

/// The certificates that a browser's path leads through, other than roots: position and content. One that carries
/// an anchor's name and key is left out, and what comes after it where all is in order: a cross-certificate for old
/// clients may be signed with whatever was usual then.
pub(crate) fn of_path(chain: &CertificateChain) -> impl Iterator<Item = (usize, &ParsedCertificate)> {
    let shape = &chain.shape;
    let anchored = move |at: usize| {
        shape.anchor_sent.is_some_and(|anchor| at == anchor || shape.in_order && at > anchor)
    };
    chain.certificates.iter().enumerate().filter_map(move |(at, certificate)| {
        let parsed = certificate.parsed.as_ref()?;
        let counts = at == 0 || !parsed.self_signed && !shape.extra.contains(&at) && !anchored(at);
        counts.then_some((at, parsed))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn groups_below_112_bits_are_weak() {
        for name in ["secp160r1", "secp192r1", "sect163k1", "sect193r2", "arbitrary_explicit_prime_curves"] {
            assert!(is_weak_group(name), "{name}");
        }
        for name in ["secp224r1", "sect233k1", "secp256r1", "x25519", "X25519MLKEM768", "SecP256r1MLKEM768"] {
            assert!(!is_weak_group(name), "{name}");
        }
    }

    #[test]
    fn a_suite_is_named_by_one_check_alone() {
        for (name, is) in [
            ("TLS_RSA_WITH_NULL_SHA", is_null as fn(&Suite) -> bool),
            ("TLS_RSA_WITH_DES_CBC_SHA", is_short_key),
            ("TLS_RSA_WITH_RC4_128_SHA", is_rc4),
            ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", is_small_block),
            ("TLS_RSA_WITH_AES_128_CBC_SHA", is_cbc),
        ] {
            let suite = suite(name);
            let all = [is_null, is_short_key, is_rc4, is_small_block, is_cbc];
            assert!(is(&suite) && all.iter().filter(|other| other(&suite)).count() == 1, "{name}");
        }
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(quoted("max-age=1"), "\"max-age=1\"");
        assert!(quoted(&"é".repeat(1000)).chars().count() < 210);
    }
}
