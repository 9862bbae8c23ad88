//! What SSHFP records (RFC 4255) say of the keys that were met.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use midwatch_model::{
    HostKeyAnswer, HostKeyExpected, HostKeySaid, HostKeySource, HostKeyWord, Outcome, ReasonKind, Security,
    SshPublicKey, Sshfp, SshfpRecord,
};
use sha1::{Digest as _, Sha1};
use sha2::{Digest as _, Sha256};

/// SHA-1 in the registry.
const SHA1: u8 = 1;

/// SHA-256 in the registry.
const SHA256: u8 = 2;

/// The answer. Records that are not proved by DNSSEC prove nothing, so that they are no word: anybody on the way may
/// have written them, and their being there or not is a fact and not a verdict.
///
/// - A fingerprint of the key: `Same`.
/// - Fingerprints for its algorithm, and none of them its own: `Other`.
/// - Fingerprints for other algorithms alone: `OtherType`.
/// - It is proved that there are none: `Unknown`.
pub fn answer(sshfp: &Sshfp, keys: &[SshPublicKey]) -> HostKeyAnswer {
    HostKeyAnswer {
        source: HostKeySource::Sshfp,
        from: format!("SSHFP records of {}", sshfp.name),
        says: says(sshfp, keys),
    }
}

fn says(sshfp: &Sshfp, keys: &[SshPublicKey]) -> Outcome<Vec<HostKeySaid>> {
    let records = match &sshfp.records {
        Outcome::Seen { value } => value,
        Outcome::Refused { how } => return Outcome::refused(how.clone()),
        Outcome::Unmeasured { why } => return why.clone().into(),
    };
    let nothing = |why: String| {
        let name = &sshfp.name;
        let text = match records.len() {
            0 => format!("{name} has no SSHFP records, and that is not proved either: {why}"),
            _ => format!("the SSHFP records of {name} prove nothing: {why}"),
        };
        Outcome::unmeasured(ReasonKind::Other, text)
    };
    match &sshfp.security {
        Outcome::Seen { value: Security::Secure } => {}
        Outcome::Seen { value: Security::Insecure { why } } => return nothing(why.clone()),
        Outcome::Seen { value: Security::Bogus { why, .. } } => {
            return nothing(format!("a signature that has to be there does not hold ({why})"));
        }
        Outcome::Seen { value: Security::Indeterminate { why } } => return nothing(why.clone()),
        Outcome::Refused { how } => return nothing(how.clone()),
        Outcome::Unmeasured { why } => return Outcome::unmeasured(why.kind, why.detail.clone()),
    }
    let met: Vec<Met<'_>> = keys.iter().map(Met::new).collect();
    let usable: Vec<&SshfpRecord> = records.iter().filter(|record| record.usable).collect();
    Outcome::seen(met.iter().map(|key| key.said(&sshfp.name, &usable, &met, records.len())).collect())
}

/// A key that was met, with its fingerprints.
struct Met<'a> {
    key: &'a SshPublicKey,
    algorithm: Option<u8>,
    sha1: String,
    sha256: String,
}

impl<'a> Met<'a> {
    fn new(key: &'a SshPublicKey) -> Met<'a> {
        // A blob that is not base64 has no fingerprint, and none is empty.
        let blob = STANDARD.decode(&key.blob).unwrap_or_default();
        let (sha1, sha256) = match blob.as_slice() {
            [] => (String::new(), String::new()),
            blob => (hex(&Sha1::digest(blob)), hex(&Sha256::digest(blob))),
        };
        Met { key, algorithm: algorithm(&key.key_type), sha1, sha256 }
    }

    fn is(&self, record: &SshfpRecord) -> bool {
        let own = match record.hash {
            SHA1 => &self.sha1,
            SHA256 => &self.sha256,
            _ => return false,
        };
        self.algorithm == Some(record.algorithm) && !own.is_empty() && *own == record.fingerprint
    }

    fn said(&self, name: &str, usable: &[&SshfpRecord], met: &[Met<'_>], all: usize) -> HostKeySaid {
        let about = about(self, usable, met);
        let same: Vec<&&SshfpRecord> = about.iter().filter(|record| self.is(record)).collect();
        let (word, places, expected) = if !same.is_empty() {
            (HostKeyWord::Same, same.iter().map(|record| line(name, record)).collect(), Vec::new())
        } else if !about.is_empty() {
            (HostKeyWord::Other, Vec::new(), about.iter().map(|record| expected(name, record)).collect())
        } else if !usable.is_empty() {
            (HostKeyWord::OtherType, Vec::new(), usable.iter().map(|record| expected(name, record)).collect())
        } else {
            (HostKeyWord::Unknown, Vec::new(), Vec::new())
        };
        let note = match word {
            HostKeyWord::Unknown if all > 0 => Some("no record is of a kind that is known".to_owned()),
            // RFC 4255 is content with one that matches; OpenSSH (dns.c) wants all of an algorithm to.
            HostKeyWord::Same if same.len() < about.len() => {
                let text =
                    "ssh takes these records for a mismatch while those of another key stand beside them";
                Some(text.to_owned())
            }
            HostKeyWord::Same if same.iter().all(|record| record.hash == SHA1) => {
                Some("by SHA-1 alone".to_owned())
            }
            HostKeyWord::Other if self.algorithm == Some(3) => {
                Some("SSHFP records do not tell on which curve an ECDSA key is".to_owned())
            }
            _ => None,
        };
        HostKeySaid { fingerprint: self.key.fingerprint.clone(), word, places, expected, note }
    }
}

/// The records that say something of a key.
///
/// Where there is SHA-256, SHA-1 does not count (RFC 6594 section 4.1). Where there is SHA-1 alone it does: to show a
/// key of their own under a fingerprint that is published, somebody needs a second preimage of it, and for SHA-1 nobody
/// knows a way that is better than trying 2^160 keys. The collisions that are known for SHA-1 are pairs that one party
/// makes together; whoever could have one of them published as the server's key runs the server already.
///
/// All curves of ECDSA are one algorithm in the registry. A record that is the fingerprint of another key that was met,
/// on another curve, is that one's and says nothing of this one.
fn about<'r>(key: &Met<'_>, usable: &[&'r SshfpRecord], met: &[Met<'_>]) -> Vec<&'r SshfpRecord> {
    let others = || met.iter().filter(|other| other.key.key_type != key.key.key_type);
    let own = usable.iter().copied().filter(|record| Some(record.algorithm) == key.algorithm);
    let own: Vec<&SshfpRecord> = own.filter(|record| !others().any(|other| other.is(record))).collect();
    let strong = own.iter().any(|record| record.hash == SHA256);
    own.into_iter().filter(|record| record.hash == SHA256 || !strong).collect()
}

/// A type of key by its number in the registry. None of keys on a security token, which have none.
fn algorithm(key_type: &str) -> Option<u8> {
    match key_type {
        "ssh-rsa" => Some(1),
        "ssh-dss" => Some(2),
        "ssh-ed25519" => Some(4),
        "ssh-ed448" => Some(6),
        _ if key_type.starts_with("ecdsa-sha2-") => Some(3),
        _ => None,
    }
}

fn expected(name: &str, record: &SshfpRecord) -> HostKeyExpected {
    let key_type = match record.algorithm {
        1 => "ssh-rsa",
        2 => "ssh-dss",
        3 => "ecdsa",
        4 => "ssh-ed25519",
        6 => "ssh-ed448",
        _ => "unknown",
    };
    let hash = if record.hash == SHA1 { "SHA1" } else { "SHA256" };
    let bytes = unhex(&record.fingerprint);
    HostKeyExpected {
        key_type: key_type.to_owned(),
        // As `ssh-keygen -l` writes it, so that it can be held against what the other sources say.
        fingerprint: format!("{hash}:{}", STANDARD_NO_PAD.encode(bytes)),
        place: Some(line(name, record)),
        since: None,
    }
}

/// The record as a zone file has it, with the fingerprint in hexadecimal.
fn line(name: &str, record: &SshfpRecord) -> String {
    format!("{name}. IN SSHFP {} {} {}", record.algorithm, record.hash, record.fingerprint)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).filter_map(|d| d.try_into().ok()).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

#[cfg(test)]
mod tests {
    use midwatch_model::Reason;

    use super::*;

    fn key(key_type: &str, blob: &[u8]) -> SshPublicKey {
        let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob)));
        SshPublicKey { key_type: key_type.into(), blob: STANDARD.encode(blob), bits: None, fingerprint }
    }

    fn record(algorithm: u8, hash: u8, blob: &[u8]) -> SshfpRecord {
        let fingerprint = if hash == SHA1 { hex(&Sha1::digest(blob)) } else { hex(&Sha256::digest(blob)) };
        SshfpRecord { algorithm, hash, fingerprint, usable: true }
    }

    fn fact(records: Vec<SshfpRecord>, security: Security) -> Sshfp {
        let (records, security) = (Outcome::seen(records), Outcome::seen(security));
        Sshfp { name: "git.example".into(), records, security }
    }

    fn words(records: Vec<SshfpRecord>, keys: &[SshPublicKey]) -> Vec<HostKeyWord> {
        let said = answer(&fact(records, Security::Secure), keys);
        said.says.value().expect("an answer").iter().map(|said| said.word).collect()
    }

    #[test]
    fn a_key_is_the_same_another_one_or_of_another_type() {
        use HostKeyWord::*;
        let keys = [key("ssh-ed25519", b"one"), key("ssh-rsa", b"two")];
        assert_eq!(words(vec![record(4, 2, b"one"), record(1, 2, b"two")], &keys), [Same, Same]);
        assert_eq!(words(vec![record(4, 2, b"one"), record(1, 2, b"old")], &keys), [Same, Other]);
        assert_eq!(words(vec![record(4, 2, b"one")], &keys), [Same, OtherType]);
        assert_eq!(words(vec![], &keys), [Unknown, Unknown]);
        // The algorithm is part of the record: the right hash under another one is no match.
        assert_eq!(words(vec![record(1, 2, b"one")], &keys[..1]), [OtherType]);
        // One of several, as in a change of keys.
        assert_eq!(words(vec![record(4, 2, b"old"), record(4, 2, b"one")], &keys[..1]), [Same]);
        let token = key("sk-ssh-ed25519@openssh.com", b"one");
        assert_eq!(words(vec![record(4, 2, b"one")], &[token]), [OtherType]);
    }

    #[test]
    fn sha256_decides_where_it_is_there_and_sha1_where_it_is_not() {
        use HostKeyWord::*;
        let keys = [key("ssh-ed25519", b"one")];
        assert_eq!(words(vec![record(4, 1, b"one")], &keys), [Same]);
        assert_eq!(words(vec![record(4, 1, b"old")], &keys), [Other]);
        assert_eq!(words(vec![record(4, 1, b"one"), record(4, 2, b"old")], &keys), [Other]);
        assert_eq!(words(vec![record(4, 1, b"old"), record(4, 2, b"one")], &keys), [Same]);
        let said = answer(&fact(vec![record(4, 1, b"one")], Security::Secure), &keys);
        assert_eq!(said.says.value().unwrap()[0].note.as_deref(), Some("by SHA-1 alone"));
    }

    #[test]
    fn a_record_of_another_curve_says_nothing_of_this_one() {
        use HostKeyWord::*;
        let keys = [key("ecdsa-sha2-nistp256", b"p256"), key("ecdsa-sha2-nistp384", b"p384")];
        assert_eq!(words(vec![record(3, 2, b"p256")], &keys), [Same, OtherType]);
        assert_eq!(words(vec![record(3, 2, b"old")], &keys), [Other, Other]);
        assert_eq!(words(vec![record(3, 2, b"p256"), record(3, 2, b"old")], &keys), [Same, Other]);
        // SHA-256 for one curve does not take SHA-1 away from another.
        assert_eq!(words(vec![record(3, 2, b"p256"), record(3, 1, b"p384")], &keys), [Same, Same]);
    }

    #[test]
    fn what_is_expected_stands_in_both_forms() {
        let said = answer(&fact(vec![record(4, 2, b"old")], Security::Secure), &[key("ssh-ed25519", b"one")]);
        let expected = said.says.value().unwrap()[0].expected[0].clone();
        assert_eq!(expected.fingerprint, key("ssh-ed25519", b"old").fingerprint);
        let hexadecimal = hex(&Sha256::digest(b"old"));
        assert_eq!(expected.place, Some(format!("git.example. IN SSHFP 4 2 {hexadecimal}")));
        assert_eq!(said.from, "SSHFP records of git.example");
    }

    #[test]
    fn records_without_a_proof_are_no_word() {
        let keys = [key("ssh-ed25519", b"one")];
        let why = String::from("no DS");
        for security in [
            Security::Insecure { why: why.clone() },
            Security::Bogus { why: why.clone(), extended: None },
            Security::Indeterminate { why },
        ] {
            for records in [vec![record(4, 2, b"one")], vec![record(4, 2, b"old")], vec![]] {
                let said = answer(&fact(records, security.clone()), &keys);
                assert!(said.says.why_not().is_some_and(|why| why.detail.contains("no DS")), "{said:?}");
            }
        }
        let mut silent = fact(vec![record(4, 2, b"one")], Security::Secure);
        silent.security = Reason::new(ReasonKind::Timeout, "no answer").into();
        assert_eq!(answer(&silent, &keys).says.why_not().unwrap().kind, ReasonKind::Timeout);
        silent.records = Reason::new(ReasonKind::Closed, "closed").into();
        assert_eq!(answer(&silent, &keys).says.why_not().unwrap().kind, ReasonKind::Closed);
    }

    #[test]
    fn what_cannot_be_read_matches_nothing() {
        use HostKeyWord::*;
        let mut damaged = key("ssh-ed25519", b"one");
        damaged.blob = "!".into();
        let mut empty = record(4, 2, b"one");
        empty.fingerprint.clear();
        assert_eq!(words(vec![empty], std::slice::from_ref(&damaged)), [Other]);
        let mut unusable = record(9, 2, b"one");
        unusable.usable = false;
        assert_eq!(words(vec![unusable], &[key("ssh-ed25519", b"one")]), [Unknown]);
    }
}
