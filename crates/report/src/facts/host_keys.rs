//! What is known of an SSH server's keys, in words for both renderers.

use midwatch_model::{
    HostKeyAnswer, HostKeyMet, HostKeySaid, HostKeySource, HostKeyVerdict, HostKeyWord, HostKeys,
    Observation, Outcome, ReasonKind, TargetReport,
};

/// Every fact on host keys of a target.
pub(crate) fn of(target: &TargetReport) -> impl Iterator<Item = (&Observation, &HostKeys)> {
    target.observations.iter().filter_map(|observation| match &observation.fact {
        midwatch_model::Fact::HostKeys(known) => Some((observation, &**known)),
        _ => None,
    })
}

/// One line: the verdict and by whom.
pub(crate) fn summary(known: &HostKeys) -> String {
    let verdict = known.verdict.id();
    match (known.verdict, known.verified_by) {
        (HostKeyVerdict::Verified, Some(by)) => {
            let from =
                known.answers.iter().find(|answer| answer.source == by).map(|answer| answer.from.as_str());
            format!("{verdict} by {}", from.unwrap_or(source(by)))
        }
        (HostKeyVerdict::Changed, Some(by)) => {
            format!("{verdict}; a key that was met is vouched for by {}", source(by))
        }
        (HostKeyVerdict::Unknown, _) => format!("{verdict}: nobody vouches for it"),
        _ => verdict.to_owned(),
    }
}

/// What a source is called.
pub(crate) fn source(source: HostKeySource) -> &'static str {
    match source {
        HostKeySource::KnownHosts => "known_hosts",
        HostKeySource::Published => "what its forge publishes",
        HostKeySource::Sshfp => "SSHFP records",
        HostKeySource::TrustFile => "the organisation's file",
        HostKeySource::Memory => "earlier runs",
        HostKeySource::Vantage => "another place",
    }
}

/// A source's answer on one key, as a few words. None where it says nothing of it.
pub(crate) fn word(answer: &HostKeyAnswer, key: &HostKeyMet) -> Option<String> {
    let said = answer.words_on(&key.key.fingerprint).next()?;
    let places = || said.places.join(", ");
    let mut text = match said.word {
        HostKeyWord::Same if said.places.is_empty() => "has this key".to_owned(),
        HostKeyWord::Same => format!("has this key: {}", places()),
        HostKeyWord::Certified => format!("has the authority of its certificate: {}", places()),
        HostKeyWord::Other => "has another key of this type".into(),
        HostKeyWord::OtherType => "has keys of other types alone".into(),
        HostKeyWord::Unknown => "does not know the server".into(),
        HostKeyWord::Revoked if said.places.is_empty() => "has revoked it".into(),
        HostKeyWord::Revoked => format!("has revoked it: {}", places()),
    };
    if let Some(note) = &said.note {
        text.push_str(&format!("; {note}"));
    }
    Some(text)
}

/// Keys that a source expects in the place of this one.
///
/// That it has keys of other types is told where that is all the contradiction there is.
pub(crate) fn expected(known: &HostKeys, answer: &HostKeyAnswer, key: &HostKeyMet) -> Vec<String> {
    let is_other_alone = known.verdict == HostKeyVerdict::Changed
        && !known.keys.iter().any(|key| key.verdict == HostKeyVerdict::Changed);
    let tells = |said: &&HostKeySaid| said.word != HostKeyWord::OtherType || is_other_alone;
    answer
        .words_on(&key.key.fingerprint)
        .filter(tells)
        .flat_map(|said| &said.expected)
        .map(|expected| {
            let since = expected.since.as_ref().map(|since| format!(", since {since}")).unwrap_or_default();
            let place = expected.place.as_deref().map(|place| format!(" ({place}{since})")).unwrap_or(since);
            format!("{} {}{place}", expected.key_type, expected.fingerprint)
        })
        .collect()
}

/// Why a source said nothing at all; none where it was not meant to be asked.
pub(crate) fn silence(answer: &HostKeyAnswer) -> Option<String> {
    let why = answer.says.why_not()?;
    (why.kind != ReasonKind::NotAsked).then(|| format!("not known: {why}"))
}

/// Whether the server proved to hold a key.
pub(crate) fn proof(key: &HostKeyMet) -> String {
    match &key.proof {
        Outcome::Seen { value: true } => "the server proved to hold it".into(),
        Outcome::Seen { value: false } => "the server only shows it: its proof is wrong".into(),
        Outcome::Refused { how } => format!("not proved: {how}"),
        Outcome::Unmeasured { why } => format!("proof not known: {why}"),
    }
}

/// `ssh-rsa, 3072 bits`.
pub(crate) fn kind(key: &HostKeyMet) -> String {
    match key.key.bits {
        Some(bits) => format!("{}, {bits} bits", key.key.key_type),
        None => key.key.key_type.clone(),
    }
}

/// Of the keys that a person has to compare, the one that clients ask for first.
pub(crate) fn best(known: &HostKeys) -> Option<&HostKeyMet> {
    let rank = |key: &&HostKeyMet| match key.key.key_type.as_str() {
        "ssh-ed25519" => 0,
        kind if kind.starts_with("ecdsa-") => 1,
        _ => 2,
    };
    known.keys.iter().filter(|key| is_to_compare(known, key)).min_by_key(rank)
}

/// True where a person has to compare the key: then its picture and words are shown.
pub(crate) fn is_to_compare(known: &HostKeys, key: &HostKeyMet) -> bool {
    match known.verdict {
        HostKeyVerdict::Verified => false,
        HostKeyVerdict::Unknown | HostKeyVerdict::Revoked => true,
        HostKeyVerdict::Changed => key.verdict != HostKeyVerdict::Verified,
    }
}
