//! What is known of host keys, in words.

use midwatch_model::{
    HostKeyAnswer, HostKeyExpected, HostKeyMet, HostKeySaid, HostKeySource, HostKeyVerdict, HostKeyWord,
    HostKeys,
};

/// `ssh-ed25519 SHA256:… (MD5:…)`.
pub(crate) fn met(met: &HostKeyMet) -> String {
    let md5 = met.md5.as_ref().map(|md5| format!(" ({md5})")).unwrap_or_default();
    format!("met {} {}{md5}", met.key.key_type, met.key.fingerprint)
}

/// `ssh-ed25519 SHA256:…`.
pub(crate) fn name(known: &HostKeys, said: &HostKeySaid) -> String {
    let met = known.keys.iter().find(|met| met.key.fingerprint == said.fingerprint);
    match met {
        Some(met) => format!("{} {}", met.key.key_type, met.key.fingerprint),
        None => said.fingerprint.clone(),
    }
}

/// A line for each key that somebody knows otherwise: what was expected, by whom, since when, and what was met.
pub(crate) fn changes(known: &HostKeys) -> Vec<String> {
    let mut lines = Vec::new();
    for answer in &known.answers {
        for said in answer.words().filter(|said| said.word == HostKeyWord::Other) {
            let expected: Vec<String> = said.expected.iter().map(|key| expected(key, &answer.from)).collect();
            lines.push(format!("expected {}; met {}", expected.join(" or "), name(known, said)));
        }
    }
    if lines.is_empty() {
        for answer in &known.answers {
            let Some(said) = answer.words().find(|said| said.word == HostKeyWord::OtherType) else {
                continue;
            };
            let expected: Vec<String> = said.expected.iter().map(|key| expected(key, &answer.from)).collect();
            let met: Vec<&str> = known.keys.iter().map(|met| met.key.key_type.as_str()).collect();
            lines.push(format!(
                "expected {}; met keys of other types alone: {}",
                expected.join(" or "),
                met.join(", ")
            ));
        }
    }
    lines
}

fn expected(key: &HostKeyExpected, from: &str) -> String {
    let since = key.since.as_ref().map(|since| format!(", known since {since}")).unwrap_or_default();
    let place = key.place.as_deref().unwrap_or(from);
    format!("{} {} ({place}{since})", key.key_type, key.fingerprint)
}

/// Who vouches for every key that changed: a source that can know it, and that says nothing against any of them.
pub(crate) fn vouched_all(known: &HostKeys) -> Option<String> {
    let changed: Vec<&HostKeyMet> =
        known.keys.iter().filter(|met| met.verdict == HostKeyVerdict::Changed).collect();
    if changed.is_empty() || changed.iter().any(|met| met.proof.value() != Some(&true)) {
        return None;
    }
    let vouches =
        |answer: &&HostKeyAnswer| changed.iter().all(|met| answer.vouches_for(&met.key.fingerprint));
    known.answers.iter().find(vouches).map(|answer| answer.from.clone())
}

/// What else sources say: that a certificate does not count, that a key is known elsewhere, since when it was met.
pub(crate) fn notes(known: &HostKeys) -> Vec<String> {
    let mut notes = Vec::new();
    for answer in &known.answers {
        for said in answer.words() {
            if let Some(note) = &said.note {
                notes.push(format!("{} ({}): {note}", name(known, said), answer.from));
            }
        }
    }
    notes.sort();
    notes.dedup();
    notes
}

/// Where a fingerprint can be compared, as the end of a sentence.
pub(crate) fn compare_at(known: &HostKeys) -> String {
    let at = known.compare_at();
    let published = known.answers.iter().any(|answer| answer.source == HostKeySource::Published);
    if published { format!("with what is published at {}", at.join(", ")) } else { at.join(", ") }
}

/// The server as `midwatch ssh` takes it.
pub(crate) fn argument(known: &HostKeys) -> String {
    match known.client.port {
        22 => known.client.host.clone(),
        port if known.client.host.contains(':') => format!("[{}]:{port}", known.client.host),
        port => format!("{}:{port}", known.client.host),
    }
}
