//! What known_hosts and RevokedHostKeys say.

use std::path::Path;

use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::known_hosts::KnownHosts;
use midwatch_hostkeys::lookup::{self, Place, Standing};
use midwatch_hostkeys::revoked::{self, Revocation};
use midwatch_hostkeys::{lookup::Host as Asked, save};
use midwatch_model::{
    HostKeyAnswer, HostKeyExpected, HostKeySaid, HostKeySource, HostKeyWord, Outcome, ReasonKind, Time,
};

use super::client::Client;
use super::met::Met;
use super::silent;

/// Lines that one word names at most.
const MAX_PLACES: usize = 20;

/// The files of known hosts that hold for a server, and what could not be read of them.
#[derive(Debug, Default)]
pub struct Files {
    /// Those that are there.
    pub known: Vec<KnownHosts>,
    /// Files that are there and cannot be read, with the reason.
    pub unread: Vec<String>,
}

impl Files {
    /// Reads all files of a server.
    pub fn of(client: &Client) -> Files {
        let mut files = Files::default();
        for path in client.user_known_hosts.iter().chain(&client.global_known_hosts) {
            match save::read(path) {
                Ok(Some(known)) => files.known.push(known),
                Ok(None) => {}
                Err(error) => files.unread.push(error.to_string()),
            }
        }
        files
    }
}

/// What the files say of the keys.
pub(super) fn answer(client: &Client, keys: &[Met], now: Time) -> Vec<HostKeyAnswer> {
    let files = Files::of(client);
    let mut answers = Vec::new();
    let from = match files.known.as_slice() {
        [] => match client.user_known_hosts.first() {
            Some(file) => format!("{} (not there)", client.shown(file)),
            None => "known_hosts (no file is set)".to_owned(),
        },
        all => all.iter().map(|file| client.shown(file.path())).collect::<Vec<_>>().join(", "),
    };
    let host = client.host_text();
    let asked = asked(client, &host, now);
    let word = |key: &PublicKey| said(&files.known, &asked, key, |path| client.shown(path));
    let says = keys.iter().map(|met| best(met, word)).collect();
    answers.push(HostKeyAnswer { source: HostKeySource::KnownHosts, from, says: Outcome::seen(says) });
    for why in files.unread {
        // ssh takes such a file for one that is not there.
        answers.push(HostKeyAnswer {
            source: HostKeySource::KnownHosts,
            from: "a file of known hosts".into(),
            says: silent(ReasonKind::Other, why),
        });
    }
    answers.extend(client.revoked_host_keys.iter().map(|path| revoked(client, path, keys)));
    answers
}

/// The best word on a key and on its certificates: a revocation, then a proof, then everything else. `ssh` asks for
/// certificates first.
pub(super) fn best(met: &Met, word: impl Fn(&PublicKey) -> HostKeySaid) -> HostKeySaid {
    let rank = |said: &HostKeySaid| match said.word {
        HostKeyWord::Revoked => 0,
        HostKeyWord::Certified => 1,
        HostKeyWord::Same => 2,
        HostKeyWord::Other => 3,
        HostKeyWord::OtherType => 4,
        HostKeyWord::Unknown => 5,
    };
    met.offered().iter().map(word).min_by_key(rank).unwrap_or_else(|| HostKeySaid {
        fingerprint: met.key.fingerprint.clone(),
        word: HostKeyWord::Unknown,
        places: Vec::new(),
        expected: Vec::new(),
        note: Some("its bytes are no key that is known here".into()),
    })
}

/// Who is looked up for a client.
pub(super) fn asked<'a>(client: &'a Client, host: &'a str, now: Time) -> Asked<'a> {
    Asked {
        name: host,
        port: client.port,
        alias: client.alias.as_deref(),
        address: None,
        now: u64::try_from(now.as_second()).unwrap_or_default(),
    }
}

/// What files say of one key as it was offered; `shown` names a file to people.
pub(super) fn said(
    files: &[KnownHosts],
    host: &Asked<'_>,
    key: &PublicKey,
    shown: impl Fn(&Path) -> String,
) -> HostKeySaid {
    let known = lookup::what_is_known(files, host, key);
    let at = |place: &Place| format!("{}:{}", shown(&place.file), place.line);
    let expected = |places: &[Place], same_type: bool| {
        let of_type = |place: &&Place| !same_type || place.key.plain_type() == key.plain_type();
        let all = places.iter().filter(of_type).take(MAX_PLACES).map(|place| HostKeyExpected {
            key_type: place.key.plain_type().to_owned(),
            fingerprint: place.key.fingerprint(),
            place: Some(at(place)),
            since: None,
        });
        all.collect::<Vec<_>>()
    };
    let (word, places, instead) = match &known.standing {
        Standing::Verified(place) => (HostKeyWord::Same, vec![at(place)], Vec::new()),
        Standing::Certified(by) => (HostKeyWord::Certified, vec![at(&by.authority)], Vec::new()),
        Standing::Unknown => (HostKeyWord::Unknown, Vec::new(), Vec::new()),
        Standing::OtherType(places) => (HostKeyWord::OtherType, Vec::new(), expected(places, false)),
        Standing::Changed(places) => (HostKeyWord::Other, Vec::new(), expected(places, true)),
        Standing::Revoked(place) => (HostKeyWord::Revoked, vec![at(place)], Vec::new()),
    };
    let elsewhere = || {
        let others = known.elsewhere.iter().take(MAX_PLACES).map(at).collect::<Vec<_>>();
        (!others.is_empty())
            .then(|| format!("the same key is known under another name: {}", others.join(", ")))
    };
    let note = match (&known.certificate_refused, &known.standing) {
        (Some((place, why)), _) => {
            Some(format!("a certificate of the authority at {} does not count: {why}", at(place)))
        }
        (None, Standing::Certified(by)) => Some(format!("the certificate names {}", by.principal)),
        (None, Standing::Unknown) => elsewhere(),
        (None, _) => None,
    };
    HostKeySaid { fingerprint: key.fingerprint(), word, places, expected: instead, note }
}

/// What one file of RevokedHostKeys says.
fn revoked(client: &Client, path: &Path, keys: &[Met]) -> HostKeyAnswer {
    let from = format!("RevokedHostKeys {}", client.shown(path));
    let every_host = "ssh refuses every host because of it";
    let says = match read(path) {
        Err(why) => silent(ReasonKind::Other, format!("{why}; {every_host}")),
        Ok(bytes) => look(&from, &bytes, keys).unwrap_or_else(|why| silent(ReasonKind::Other, why)),
    };
    HostKeyAnswer { source: HostKeySource::KnownHosts, from, says }
}

fn look(from: &str, bytes: &[u8], keys: &[Met]) -> Result<Outcome<Vec<HostKeySaid>>, String> {
    let mut says = Vec::new();
    for met in keys {
        let mut line = None;
        for key in met.offered() {
            match revoked::look_up(bytes, &key) {
                Revocation::NotListed => {}
                Revocation::Listed(at) => line = Some(at),
                Revocation::Damaged(at) => {
                    return Err(format!("line {at} is no key; ssh refuses every host because of it"));
                }
                Revocation::NotRead => {
                    return Err("it is a key revocation list in binary form, which is not read here".into());
                }
            }
        }
        says.push(HostKeySaid {
            fingerprint: met.key.fingerprint.clone(),
            word: if line.is_some() { HostKeyWord::Revoked } else { HostKeyWord::Unknown },
            places: line
                .map(|line| format!("{}:{line}", from.trim_start_matches("RevokedHostKeys ")))
                .into_iter()
                .collect(),
            expected: Vec::new(),
            note: None,
        });
    }
    Ok(Outcome::seen(says))
}

/// A file within the bound of known_hosts.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let mut bytes = Vec::new();
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(format!("{} is not a regular file", path.display()));
    }
    std::fs::File::open(path).map_err(failed)?.take(save::LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
