//! What the rules on certificates share: which of them a change is, so that one of them tells it.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use midwatch_model::{CertificateMemo, Likelihood, Remembered};

use super::issuers::{Allowed, allowed};
use super::rule::Pair;
use crate::words;

/// A certificate that was met this long ago at most, and is met again, is one of several that are in use side by side.
const IN_USE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a change of certificates is, the gravest first: it is told as the gravest of all new certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// No public root programme trusts it, and one trusted what was there.
    NotPublic,
    /// No log has it, and they should.
    Unlogged,
    /// Of another issuer.
    NewIssuer,
    /// Nothing vouches for it, and nothing did for what was there.
    Unproved,
    /// Older than what was there.
    Older,
    /// A key that is known, for other names.
    OtherNames,
    /// Renewed long before its end.
    Early,
    /// Renewed.
    Renewed,
}

/// A change of certificates.
pub(super) struct Changed<'a> {
    /// What it is.
    pub(super) kind: Kind,
    /// What is not met any more, or was beside it.
    pub(super) expected: Vec<&'a CertificateMemo>,
    /// What is new, or back.
    pub(super) met: Vec<&'a CertificateMemo>,
    /// The one of `met` that decided.
    pub(super) new: &'a CertificateMemo,
    /// The one of `expected` that it stands for.
    pub(super) old: &'a CertificateMemo,
    /// What CAA says of its issuer.
    pub(super) caa: Allowed,
    /// It was met before.
    pub(super) known: bool,
    /// And that not long ago, and in no fewer looks than the one that it stands for.
    pub(super) in_use: bool,
}

/// What differs between the certificates of a service and those that are remembered, where any of it is a change.
pub(super) fn changed<'a>(pair: &Pair<'a>) -> Option<Changed<'a>> {
    let (latest, met) = (Pair::certificates(pair.was())?, Pair::certificates(pair.is())?);
    let known: Vec<&CertificateMemo> = pair.known().filter_map(Pair::certificates).flatten().collect();
    let is_known = |one: &CertificateMemo| known.iter().any(|known| known.sha256 == one.sha256);
    let is_latest = |one: &CertificateMemo| latest.iter().any(|known| known.sha256 == one.sha256);
    let is_met = |one: &CertificateMemo| met.iter().any(|met| met.sha256 == one.sha256);
    let gone: Vec<&CertificateMemo> = latest.iter().filter(|one| !is_met(one)).collect();
    let expected = if gone.is_empty() { latest.iter().collect() } else { gone };

    let new: Vec<&CertificateMemo> = met.iter().filter(|one| !is_known(one)).collect();
    if !new.is_empty() {
        let mut kinds: Vec<(Kind, &CertificateMemo, &CertificateMemo, Allowed)> = Vec::new();
        for &one in &new {
            let old = stands_for(one, &expected)?;
            let caa = allowed(pair, one);
            kinds.push((kind(one, old, latest, &known), one, old, caa));
        }
        kinds.sort_by_key(|(kind, ..)| *kind);
        let (kind, one, old, caa) = kinds.into_iter().next()?;
        return Some(Changed { kind, expected, met: new, new: one, old, caa, known: false, in_use: false });
    }

    // The same certificate, which is trusted no more.
    let lost = |one: &&CertificateMemo| {
        one.public == Some(false)
            && latest.iter().any(|was| was.sha256 == one.sha256 && was.public == Some(true))
    };
    if let Some(one) = met.iter().find(lost) {
        let (old, caa) = (latest.iter().find(|was| was.sha256 == one.sha256)?, allowed(pair, one));
        return Some(Changed {
            kind: Kind::NotPublic,
            expected: vec![old],
            met: vec![one],
            new: one,
            old,
            caa,
            known: true,
            in_use: false,
        });
    }

    // Back to what was there before. What one look met side by side is in use side by side: which of it a look meets is
    // no change.
    if met.iter().any(is_latest) || met.is_empty() {
        return None;
    }
    let side_by_side = pair.known().filter_map(Pair::certificates).any(|all| {
        let has = |one: &CertificateMemo| all.iter().any(|known| known.sha256 == one.sha256);
        met.iter().any(has) && latest.iter().any(has)
    });
    if side_by_side {
        return None;
    }
    let one = met.iter().max_by_key(|one| one.not_before)?;
    let old = stands_for(one, &expected)?;
    let has = |what: &Remembered, certificate: &CertificateMemo| {
        Pair::certificates(what).is_some_and(|all| all.iter().any(|known| known.sha256 == certificate.sha256))
    };
    let last = pair.history.earlier.iter().find(|kept| has(&kept.memo.what, one));
    let recent = last.is_some_and(|kept| pair.now().duration_since(kept.last) <= IN_USE);
    // Back at home: what was met in fewer looks than what it takes the place of was never at home here.
    let home = pair.looks_with(|what| has(what, one)) >= pair.looks_with(|what| has(what, old));
    let latest_known: Vec<&CertificateMemo> = latest.iter().collect();
    let kind = match kind(one, old, latest, &latest_known) {
        grave @ (Kind::NotPublic | Kind::Unlogged) => grave,
        kind if kind < Kind::Older && !home => kind,
        _ => Kind::Older,
    };
    let (caa, in_use) = (allowed(pair, one), recent && home);
    Some(Changed { kind, expected, met: met.iter().collect(), new: one, old, caa, known: true, in_use })
}

/// Which of the certificates before a new one stands for: one with its key, else of its issuer, else of most of its
/// names; the one that ends last of several.
fn stands_for<'a>(new: &CertificateMemo, before: &[&'a CertificateMemo]) -> Option<&'a CertificateMemo> {
    let rank = |one: &&&CertificateMemo| {
        let shared = one.names.iter().filter(|name| new.names.contains(name)).count();
        (one.spki_sha256 == new.spki_sha256, same_issuer(one, new), shared, one.not_after)
    };
    before.iter().max_by_key(rank).copied()
}

fn kind(
    new: &CertificateMemo,
    old: &CertificateMemo,
    latest: &[CertificateMemo],
    known: &[&CertificateMemo],
) -> Kind {
    let was_public = latest.iter().any(|one| one.public == Some(true));
    if new.public == Some(false) && was_public {
        return Kind::NotPublic;
    }
    let were_logged = latest.iter().any(|one| one.logged == Some(true));
    if new.logged == Some(false) && (were_logged || new.public == Some(true)) {
        return Kind::Unlogged;
    }
    if new.public != Some(true) && new.trusted == Some(false) {
        return Kind::Unproved;
    }
    if !known.iter().any(|one| same_issuer(one, new)) {
        return Kind::NewIssuer;
    }
    if new.not_before < old.not_before {
        return Kind::Older;
    }
    let same_key = known.iter().filter(|one| one.spki_sha256 == new.spki_sha256);
    let mut same_key = same_key.peekable();
    if same_key.peek().is_some() && same_key.all(|one| one.names != new.names) {
        return Kind::OtherNames;
    }
    if is_early(new, old) { Kind::Early } else { Kind::Renewed }
}

/// More than half of the validity was left when the new one began.
fn is_early(new: &CertificateMemo, old: &CertificateMemo) -> bool {
    let validity = old.not_after.duration_since(old.not_before);
    let left = old.not_after.duration_since(new.not_before);
    left.as_secs().saturating_mul(2) > validity.as_secs()
}

/// Of one organisation, or of the same name where a name has none: authorities sign with several certificates of their
/// own in turn.
pub(super) fn same_issuer(a: &CertificateMemo, b: &CertificateMemo) -> bool {
    match (organisation(&a.issuer), organisation(&b.issuer)) {
        (Some(a), Some(b)) => a == b,
        _ => a.issuer == b.issuer,
    }
}

fn organisation(name: &str) -> Option<&str> {
    name.split(", ").find_map(|part| part.trim().strip_prefix("O="))
}

/// A certificate on one line.
pub(super) fn line(one: &CertificateMemo) -> String {
    let fingerprint: String = one.sha256.chars().take(32).collect();
    let names = words::some(&one.names, 4);
    let (from, to) = (words::day(one.not_before), words::day(one.not_after));
    format!("SHA-256 {fingerprint}… issued by {}, valid from {from} to {to}, for {names}", one.issuer)
}

impl Changed<'_> {
    /// The lines of what was expected and of what was met.
    pub(super) fn lines(&self) -> (Vec<String>, Vec<String>) {
        let all = |list: &[&CertificateMemo]| list.iter().map(|one| line(one)).collect();
        let (mut expected, mut met): (Vec<String>, Vec<String>) = (all(&self.expected), all(&self.met));
        if expected == met {
            // The same certificate: what differs is who trusts it.
            expected = vec![format!("{}, which public root programmes trust", line(self.old))];
            met = vec![format!("{}, which none trusts now", line(self.new))];
        }
        (expected, met)
    }

    /// Everything that bears on how likely it is benign, a sentence each.
    pub(super) fn reasons(&self) -> Vec<String> {
        let (new, old) = (self.new, self.old);
        let mut all = Vec::new();
        if self.known && new.sha256 != old.sha256 {
            all.push("It was met here before.".to_owned());
        }
        if new.sha256 != old.sha256 {
            all.push(match (new.issuer == old.issuer, same_issuer(new, old)) {
                (true, _) => format!("It is of the same issuer, {}.", new.issuer),
                (false, true) => {
                    format!("It is of the same organisation: {} instead of {}.", new.issuer, old.issuer)
                }
                _ => format!("It is of another issuer: {} instead of {}.", new.issuer, old.issuer),
            });
            all.push(match new.spki_sha256 == old.spki_sha256 {
                true => "The key is the same: whoever shows it holds the key that was known.".into(),
                false => "The key is another one.".to_owned(),
            });
            all.push(match (new.not_before < old.not_before, new.not_before <= old.not_after) {
                (true, _) => format!("It is older: valid from {} on.", words::day(new.not_before)),
                (false, true) => format!(
                    "It begins on {}, before the one that was there ends on {}: they overlap.",
                    words::day(new.not_before),
                    words::day(old.not_after)
                ),
                _ => format!(
                    "It begins on {}, after the one that was there ended on {}.",
                    words::day(new.not_before),
                    words::day(old.not_after)
                ),
            });
        }
        all.push(match new.logged {
            Some(true) => "A public log of Certificate Transparency has it.".into(),
            Some(false) => "No log of Certificate Transparency vouches for it.".into(),
            None => "Whether a log of Certificate Transparency has it could not be told.".to_owned(),
        });
        all.push(match (new.public, new.trusted) {
            (Some(true), _) => "A public root programme trusts it for this name.".into(),
            (Some(false), Some(true)) => {
                "No public root programme trusts it for this name; anchors of your own do.".into()
            }
            (Some(false), _) => "No root programme that was asked trusts it for this name.".into(),
            _ => "Whether a public root programme trusts it could not be told.".to_owned(),
        });
        if new.names != old.names {
            let (more, fewer) = names(old, new);
            let list = |all: &[&str]| if all.is_empty() { "none".to_owned() } else { words::some(all, 6) };
            all.push(format!("Its names differ: added {}, gone {}.", list(&more), list(&fewer)));
        }
        all
    }

    /// Benign where a log has it, and a root programme trusts it or anchors of one's own do.
    pub(super) fn is_vouched_for(&self) -> bool {
        self.new.logged == Some(true) && self.new.public == Some(true)
            || (self.new.public != Some(true) && self.new.trusted == Some(true))
    }

    /// Benign or unclear.
    pub(super) fn likelihood(&self) -> Likelihood {
        if self.is_vouched_for() { Likelihood::Benign } else { Likelihood::Unclear }
    }
}

/// Names that only the new one has, and those that only the old one has.
pub(super) fn names<'a>(old: &'a CertificateMemo, new: &'a CertificateMemo) -> (Vec<&'a str>, Vec<&'a str>) {
    let set = |one: &'a CertificateMemo| one.names.iter().map(String::as_str).collect::<BTreeSet<&str>>();
    let (before, after) = (set(old), set(new));
    (after.difference(&before).copied().collect(), before.difference(&after).copied().collect())
}

/// A change of certificates, where it is of this kind.
pub(super) fn of_kind<'a>(pair: &Pair<'a>, kind: Kind) -> Option<Changed<'a>> {
    matches!(pair.is(), Remembered::Certificates { .. })
        .then(|| changed(pair))
        .flatten()
        .filter(|it| it.kind == kind)
}

/// The findings on certificates that come and go with one.
pub(super) const EXPLAINS: &[&str] = &[
    "caa-forbids-issuer-met",
    "cert-bad-signature",
    "cert-broken-key",
    "cert-common-name",
    "cert-duplicate",
    "cert-expired",
    "cert-expires-soon",
    "cert-extra",
    "cert-interception",
    "cert-internal-name",
    "cert-key-usage",
    "cert-malformed",
    "cert-missing-intermediate",
    "cert-must-staple",
    "cert-name-constraint",
    "cert-name-form",
    "cert-name-mismatch",
    "cert-not-in-every-programme",
    "cert-not-trusted",
    "cert-not-yet-valid",
    "cert-revoked",
    "cert-root-sent",
    "cert-self-signed",
    "cert-serial-invalid",
    "cert-serial-short",
    "cert-shared-key",
    "cert-unknown-critical-extension",
    "cert-unknown-root",
    "cert-unknown-to-authority",
    "cert-unusual-key",
    "cert-validity-long",
    "cert-weak-key",
    "cert-weak-signature",
    "cert-wildcard",
    "cert-wrong-order",
    "cert-wrong-purpose",
    "cert-wrong-role",
    "ct-invalid-signature",
    "ct-none",
    "ct-policy-not-met",
    "ct-unknown-log",
    "here-chain-refused",
    "here-chain-unlogged",
    "here-root-not-public",
    "hsts-untrusted-certificate",
    "ocsp-staple-bad",
    "ocsp-staple-expired",
    "revocation-answer-bad",
    "tls-opened-on-the-way",
    "tlsa-mismatch",
];
