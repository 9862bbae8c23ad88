//! What is known of the keys that an SSH server showed, and who knows it.

use serde::{Deserialize, Serialize};

use crate::{Outcome, SshPublicKey};

/// The keys of one server, held against everybody who could know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostKeys {
    /// The server, as `known_hosts` writes it: `git.example`, or `[git.example]:2222`; by its `HostKeyAlias` where the
    /// configuration has one.
    pub name: String,
    /// What all of this amounts to, by [`HostKeys::fold`].
    pub verdict: HostKeyVerdict,
    /// The first source that proves a key, where the verdict is `verified`, or where a key that `known_hosts` does not
    /// have is proved by somebody else all the same.
    #[serde(default)]
    pub verified_by: Option<HostKeySource>,
    /// Every key that was met, once.
    pub keys: Vec<HostKeyMet>,
    /// Each source's answer, in the order in which they count.
    pub answers: Vec<HostKeyAnswer>,
    /// How this computer's `ssh` would meet the server.
    pub client: SshClient,
}

/// The four plain verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HostKeyVerdict {
    /// Somebody who can know it says that a key is this server's, and nobody says otherwise.
    Verified,
    /// Nobody knows the server: a first meeting.
    Unknown,
    /// Somebody knows the server by another key.
    Changed,
    /// Somebody says that a key must not be taken any more.
    Revoked,
}

impl HostKeyVerdict {
    /// As it stands in JSON.
    pub fn id(self) -> &'static str {
        match self {
            HostKeyVerdict::Verified => "verified",
            HostKeyVerdict::Unknown => "unknown",
            HostKeyVerdict::Changed => "changed",
            HostKeyVerdict::Revoked => "revoked",
        }
    }
}

/// A key that was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostKeyMet {
    /// The key; of a certificate, the key that it is for.
    pub key: SshPublicKey,
    /// Its fingerprint by MD5, as older programs show it: `MD5:` and sixteen bytes with colons.
    #[serde(default)]
    pub md5: Option<String>,
    /// The picture that `ssh` draws of it with `VisualHostKey`, by SHA-256. Lines with line feeds between.
    #[serde(default)]
    pub randomart: Option<String>,
    /// The words of it, as `midwatch keys show` gives them.
    #[serde(default)]
    pub words: Vec<String>,
    /// `true`: the server proved that it holds the private key. `false`: its signature is wrong.
    pub proof: Outcome<bool>,
    /// The fingerprint of the authority, where the key came in a certificate.
    #[serde(default)]
    pub authority: Option<String>,
    /// What all sources together say of this key.
    pub verdict: HostKeyVerdict,
}

/// Who may know a server's keys, in the order in which they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HostKeySource {
    /// `known_hosts`, the user's and the system's, and `RevokedHostKeys`.
    KnownHosts,
    /// What a forge publishes on its own pages, bundled.
    Published,
    /// SSHFP records (RFC 4255).
    Sshfp,
    /// An organisation's signed file (`--trust-file`).
    TrustFile,
    /// Earlier runs of midwatch. They saw a key and verified nothing, so that what they know is never a proof.
    Memory,
    /// midwatch in another place. Another place sees another path, but has no proof either.
    Vantage,
}

impl HostKeySource {
    /// True where the source's word proves that a key is the server's.
    pub fn proves(self) -> bool {
        !matches!(self, HostKeySource::Memory | HostKeySource::Vantage)
    }
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostKeyAnswer {
    /// The source.
    pub source: HostKeySource,
    /// Where exactly, for people: files, a page with its date, a name.
    pub from: String,
    /// What it says of each key that was met, in their order; `Unmeasured` where it could not be asked, or its word
    /// proves nothing (SSHFP records without DNSSEC).
    pub says: Outcome<Vec<HostKeySaid>>,
}

impl HostKeyAnswer {
    /// What it says, where it could be asked.
    pub fn words(&self) -> impl Iterator<Item = &HostKeySaid> {
        self.says.value().into_iter().flatten()
    }

    /// What it says of one key.
    pub fn words_on<'a>(&'a self, fingerprint: &'a str) -> impl Iterator<Item = &'a HostKeySaid> {
        self.words().filter(move |said| said.fingerprint == fingerprint)
    }

    /// True where its word proves that a key is the server's.
    pub fn vouches_for(&self, fingerprint: &str) -> bool {
        self.source.proves() && self.words_on(fingerprint).any(|said| said.word.is_proof())
    }
}

/// What a source says of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostKeySaid {
    /// The key, by its fingerprint.
    pub fingerprint: String,
    /// The word.
    pub word: HostKeyWord,
    /// The lines that say so, `FILE:LINE` each.
    #[serde(default)]
    pub places: Vec<String>,
    /// The keys that the source has for this server instead; of `Other` those of the same type.
    #[serde(default)]
    pub expected: Vec<HostKeyExpected>,
    /// Why a certificate does not count here, or what else is worth knowing.
    #[serde(default)]
    pub note: Option<String>,
}

/// A key that a source expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostKeyExpected {
    /// Its type: `ssh-ed25519` …
    pub key_type: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Where it stands, `FILE:LINE`, where it stands in a file.
    #[serde(default)]
    pub place: Option<String>,
    /// Since when it is known, where that is known (RFC 3339).
    #[serde(default)]
    pub since: Option<String>,
}

/// What a source says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HostKeyWord {
    /// It is this server's.
    Same,
    /// An authority that the source trusts for this server says so.
    Certified,
    /// The server has another key of this type.
    Other,
    /// The server has keys of other types alone.
    OtherType,
    /// The source does not know the server.
    Unknown,
    /// The key must not be taken.
    Revoked,
}

impl HostKeyWord {
    /// True where the word is for the key.
    pub fn is_proof(self) -> bool {
        matches!(self, HostKeyWord::Same | HostKeyWord::Certified)
    }
}

/// How `ssh` on this computer would meet a server, by its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshClient {
    /// The host that it connects to.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The name that keys are looked up by, where that is another (`HostKeyAlias`).
    #[serde(default)]
    pub host_key_alias: Option<String>,
    /// `ProxyJump` or `ProxyCommand`, where one is set, as it is written.
    #[serde(default)]
    pub way: Option<String>,
    /// `StrictHostKeyChecking`, where a file or an option sets it.
    #[serde(default)]
    pub strict: Option<SshSetting>,
    /// `UserKnownHostsFile`, where a file or an option sets it.
    #[serde(default)]
    pub user_known_hosts: Option<SshSetting>,
    /// `HashKnownHosts`.
    #[serde(default)]
    pub hash_known_hosts: bool,
    /// What of the configuration could not be read or decided.
    #[serde(default)]
    pub problems: Vec<String>,
}

/// A setting with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshSetting {
    /// Its value, as it is written.
    pub value: String,
    /// `FILE:LINE`, or what else set it.
    pub place: String,
}

impl HostKeys {
    /// What the answers say of one key together. A word of revocation counts before all others. That the server has
    /// another key counts before that it has this one: somebody in the middle sees which type a client asks for, and
    /// may take over only where it asks for the one that they have no answer to.
    pub fn verdict_of(fingerprint: &str, answers: &[HostKeyAnswer]) -> HostKeyVerdict {
        let words = || said(fingerprint, answers).map(|(source, said)| (source, said.word));
        if words().any(|(_, word)| word == HostKeyWord::Revoked) {
            return HostKeyVerdict::Revoked;
        }
        if words().any(|(_, word)| word == HostKeyWord::Other) {
            return HostKeyVerdict::Changed;
        }
        let proves = |(source, word): (HostKeySource, HostKeyWord)| source.proves() && word.is_proof();
        if words().any(proves) { HostKeyVerdict::Verified } else { HostKeyVerdict::Unknown }
    }

    /// The verdict on all keys, and the first source that proves one.
    ///
    /// - `Revoked` where a key is.
    /// - `Changed` where a key is, or where somebody knows the server by keys of other types and no key that was met
    ///   is proved: `ssh` takes that for a change too.
    /// - `Verified` where a key is, and the server proved that it holds that key.
    /// - `Unknown` otherwise.
    pub fn fold(keys: &[HostKeyMet], answers: &[HostKeyAnswer]) -> (HostKeyVerdict, Option<HostKeySource>) {
        let proved = |key: &&HostKeyMet| key.proof.value() == Some(&true);
        let by = answers.iter().find(|answer| {
            keys.iter()
                .filter(proved)
                .any(|key| key.verdict != HostKeyVerdict::Revoked && answer.vouches_for(&key.key.fingerprint))
        });
        let by = by.map(|answer| answer.source);
        let any = |verdict| keys.iter().any(|key| key.verdict == verdict);
        let other_type = keys.iter().any(|key| {
            said(&key.key.fingerprint, answers).any(|(_, said)| said.word == HostKeyWord::OtherType)
        });
        let verdict = if any(HostKeyVerdict::Revoked) {
            HostKeyVerdict::Revoked
        } else if any(HostKeyVerdict::Changed) || (other_type && by.is_none()) {
            HostKeyVerdict::Changed
        } else if by.is_some() {
            HostKeyVerdict::Verified
        } else {
            HostKeyVerdict::Unknown
        };
        (verdict, by)
    }

    /// Where a person can compare a fingerprint: a forge's own page, and otherwise the server's console.
    pub fn compare_at(&self) -> Vec<String> {
        let pages = self.answers.iter().filter(|answer| answer.source == HostKeySource::Published);
        let mut all: Vec<String> = pages.map(|answer| answer.from.clone()).collect();
        if all.is_empty() {
            all.push(
                "on the server's own console, or by its owner's word over another way than this one: ssh-keygen -lf \
                 /etc/ssh/ssh_host_ed25519_key.pub"
                    .into(),
            );
        }
        all
    }

    /// What one source says of one key, where it could be asked.
    pub fn said<'a>(&'a self, source: HostKeySource, fingerprint: &'a str) -> Option<&'a HostKeySaid> {
        said(fingerprint, &self.answers).find(|(from, _)| *from == source).map(|(_, said)| said)
    }
}

/// Everything that is said of one key, with who says it.
fn said<'a>(
    fingerprint: &'a str,
    answers: &'a [HostKeyAnswer],
) -> impl Iterator<Item = (HostKeySource, &'a HostKeySaid)> {
    answers.iter().flat_map(move |answer| answer.words_on(fingerprint).map(|said| (answer.source, said)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReasonKind;

    fn answer(source: HostKeySource, words: &[(&str, HostKeyWord)]) -> HostKeyAnswer {
        let says = words.iter().map(|(fingerprint, word)| HostKeySaid {
            fingerprint: (*fingerprint).to_owned(),
            word: *word,
            places: Vec::new(),
            expected: Vec::new(),
            note: None,
        });
        HostKeyAnswer { source, from: String::new(), says: Outcome::seen(says.collect()) }
    }

    fn met(fingerprint: &str, proof: Outcome<bool>, answers: &[HostKeyAnswer]) -> HostKeyMet {
        HostKeyMet {
            key: SshPublicKey {
                key_type: "ssh-ed25519".into(),
                blob: String::new(),
                bits: None,
                fingerprint: fingerprint.into(),
            },
            md5: None,
            randomart: None,
            words: Vec::new(),
            proof,
            authority: None,
            verdict: HostKeys::verdict_of(fingerprint, answers),
        }
    }

    /// The verdict on two keys, `a` and `b`, both proved.
    fn both(answers: &[HostKeyAnswer]) -> (HostKeyVerdict, Option<HostKeySource>) {
        let keys = [met("a", Outcome::seen(true), answers), met("b", Outcome::seen(true), answers)];
        HostKeys::fold(&keys, answers)
    }

    #[test]
    fn one_key_that_is_known_verifies_unless_another_has_changed() {
        use HostKeySource::*;
        use HostKeyWord::*;
        let known = |b| answer(KnownHosts, &[("a", Same), ("b", b)]);
        assert_eq!(both(&[known(OtherType)]), (HostKeyVerdict::Verified, Some(KnownHosts)));
        assert_eq!(both(&[known(Other)]).0, HostKeyVerdict::Changed);
        assert_eq!(both(&[known(Revoked)]).0, HostKeyVerdict::Revoked);
        let stranger = answer(KnownHosts, &[("a", Unknown), ("b", Unknown)]);
        assert_eq!(both(std::slice::from_ref(&stranger)), (HostKeyVerdict::Unknown, None));
        let published = answer(Published, &[("a", Unknown), ("b", Same)]);
        assert_eq!(both(&[stranger, published]), (HostKeyVerdict::Verified, Some(Published)));
    }

    #[test]
    fn keys_of_other_types_are_a_change_where_none_is_known_and_the_memory_proves_nothing() {
        use HostKeySource::*;
        use HostKeyWord::*;
        let other = answer(KnownHosts, &[("a", OtherType), ("b", OtherType)]);
        assert_eq!(both(&[other]).0, HostKeyVerdict::Changed);
        let seen_before = answer(Memory, &[("a", Same), ("b", Same)]);
        assert_eq!(both(&[seen_before]), (HostKeyVerdict::Unknown, None));
        let changed = answer(Memory, &[("a", Other), ("b", Same)]);
        assert_eq!(both(&[changed]).0, HostKeyVerdict::Changed);
    }

    #[test]
    fn a_key_that_is_merely_shown_verifies_nothing() {
        let answers = [answer(HostKeySource::KnownHosts, &[("a", HostKeyWord::Same)])];
        let silent = Outcome::unmeasured(ReasonKind::Other, "not known");
        for proof in [Outcome::seen(false), silent] {
            let verdict = HostKeys::fold(&[met("a", proof, &answers)], &answers);
            assert_eq!(verdict, (HostKeyVerdict::Unknown, None));
        }
    }
}
