//! `--save` and `--replace`: keys into the user's known_hosts, never one that nobody compared.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_audit::ssh::{Client, Server, SshOptions};
use midwatch_hostkeys::edit::{Change, Hashing, Others};
use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::save::{self, Saved, WAIT};
use midwatch_model::{
    HostKeyExpected, HostKeyMet, HostKeySource, HostKeyVerdict, HostKeyWord, HostKeys, Report, TargetReport,
};

use super::host_keys;
use crate::args::SaveKeys;

/// Characters of a fingerprint that are typed for a key that is met for the first time.
const FOR_NEW: usize = 4;

/// And for one that takes the place of another.
const FOR_CHANGED: usize = 6;

/// The longest answer that is read from a terminal, in bytes.
const MAX_ANSWER: u64 = 256;

/// Saves what is to be saved, and says so on standard error. False where something is left that was not saved.
pub fn all(report: &Report, ssh: &SshOptions, keys: &SaveKeys) -> bool {
    let mut done = true;
    for target in &report.targets {
        done &= one(target, ssh, keys);
    }
    done
}

fn one(target: &TargetReport, ssh: &SshOptions, keys: &SaveKeys) -> bool {
    let Some(server) = Server::of(&target.target) else { return true };
    let Some(known) = host_keys(target) else {
        eprintln!("midwatch: {}: no key was met, so that nothing is saved", target.target);
        return false;
    };
    let client = Client::of(&server, ssh);
    let Some(file) = client.user_known_hosts.first() else {
        eprintln!(
            "midwatch: {}: ssh's configuration names no file for known hosts; name one with --known-hosts",
            known.name
        );
        return false;
    };
    let work = Work { known, client: &client, file, keys };
    match work.run() {
        Ok(done) => {
            if done {
                ssh.memory.accept_host_keys(known);
            }
            done
        }
        Err(error) => {
            eprintln!("midwatch: {error}; nothing is lost: the file is as it was");
            false
        }
    }
}

/// What becomes of one key.
enum Step {
    /// It stands in the file, or need not stand there.
    Nothing,
    /// It is saved.
    Save(Others),
    /// It stays out, for this reason.
    Leave(String),
}

struct Work<'a> {
    known: &'a HostKeys,
    client: &'a Client,
    file: &'a Path,
    keys: &'a SaveKeys,
}

impl Work<'_> {
    fn run(&self) -> Result<bool, save::SaveError> {
        let mut done = true;
        let asked = self.to_ask();
        for met in &self.known.keys {
            let step = self.step(met, asked.iter().any(|ask| ask.key.fingerprint == met.key.fingerprint));
            match step {
                Step::Nothing => {}
                Step::Leave(why) => {
                    eprintln!("midwatch: {} {} is not saved: {why}", met.key.key_type, met.key.fingerprint);
                    done = false;
                }
                Step::Save(others) => {
                    let Some(saved) = self.save(met, others)? else { continue };
                    self.tell(met, &saved);
                }
            }
        }
        Ok(done)
    }

    /// The keys that somebody has to compare: of a new server the best one, of a changed one each that changed.
    fn to_ask(&self) -> Vec<&HostKeyMet> {
        let provable = |met: &&HostKeyMet| met.proof.value() != Some(&false);
        match self.known.verdict {
            HostKeyVerdict::Unknown => {
                let rank = |met: &&HostKeyMet| match met.key.key_type.as_str() {
                    "ssh-ed25519" => 0,
                    kind if kind.starts_with("ecdsa-") => 1,
                    "ssh-rsa" => 2,
                    _ => 3,
                };
                let proved = |met: &&HostKeyMet| met.proof.value() == Some(&true);
                self.known.keys.iter().filter(proved).min_by_key(rank).into_iter().collect()
            }
            HostKeyVerdict::Changed => {
                let changed: Vec<_> = self
                    .known
                    .keys
                    .iter()
                    .filter(|met| met.verdict == HostKeyVerdict::Changed)
                    .filter(provable)
                    .collect();
                // Keys of other types alone: any of them is as new as another.
                if changed.is_empty() {
                    self.known.keys.iter().filter(provable).take(1).collect()
                } else {
                    changed
                }
            }
            HostKeyVerdict::Verified | HostKeyVerdict::Revoked => Vec::new(),
        }
    }

    fn step(&self, met: &HostKeyMet, ask: bool) -> Step {
        let accepted = self.keys.accept.contains(&met.key.fingerprint);
        let word = self.known.said(HostKeySource::KnownHosts, &met.key.fingerprint).map(|said| said.word);
        let in_file = matches!(word, Some(HostKeyWord::Same | HostKeyWord::Certified));
        if met.verdict == HostKeyVerdict::Revoked || self.known.verdict == HostKeyVerdict::Revoked {
            return Step::Leave("a key of this server is revoked".into());
        }
        if met.proof.value() == Some(&false) {
            return Step::Leave("the server only shows it, and did not prove that it holds it".into());
        }
        let changed = self.known.verdict == HostKeyVerdict::Changed;
        match met.verdict {
            _ if in_file && met.verdict != HostKeyVerdict::Changed => Step::Nothing,
            HostKeyVerdict::Verified if !changed => Step::Save(Others::Stay),
            HostKeyVerdict::Changed | HostKeyVerdict::Unknown | HostKeyVerdict::Verified if changed => {
                if !ask && !accepted {
                    return Step::Nothing;
                }
                if !self.keys.replace {
                    return Step::Leave(
                        "the server was known by another key; find out why before you say --replace".into(),
                    );
                }
                self.confirmed(met, accepted, FOR_CHANGED, Others::ReplaceSameType)
            }
            _ if ask || accepted => self.confirmed(met, accepted, FOR_NEW, Others::Stay),
            _ => Step::Nothing,
        }
    }

    fn confirmed(&self, met: &HostKeyMet, accepted: bool, characters: usize, others: Others) -> Step {
        if accepted {
            return Step::Save(others);
        }
        if !self.keys.accept.is_empty() {
            return Step::Leave("--accept names another fingerprint".into());
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Step::Leave(format!(
                "nobody has compared it; compare the fingerprint, and say --accept {}",
                met.key.fingerprint
            ));
        }
        if self.ask(met, characters) {
            Step::Save(others)
        } else {
            Step::Leave("it was not confirmed".into())
        }
    }

    /// Shows the key, and reads the last characters of its fingerprint from the terminal.
    fn ask(&self, met: &HostKeyMet, characters: usize) -> bool {
        let mut text = format!("\n{}: {} key\n", self.known.name, met.key.key_type);
        for expected in self.expected(met) {
            let since = expected.since.as_ref().map(|since| format!(", since {since}")).unwrap_or_default();
            let place = expected.place.as_ref().map(|place| format!(" ({place}{since})")).unwrap_or(since);
            text.push_str(&format!("  expected  {} {}{place}\n", expected.key_type, expected.fingerprint));
        }
        text.push_str(&format!("  met       {}\n", met.key.fingerprint));
        text.push_str(&format!(
            "Compare it with what the server's owner publishes or reads out. Where it is the same, type its last \
             {characters} characters; anything else leaves it: "
        ));
        let mut errors = io::stderr().lock();
        if errors.write_all(text.as_bytes()).and_then(|()| errors.flush()).is_err() {
            return false;
        }
        let mut line = String::new();
        if io::Read::take(io::stdin().lock(), MAX_ANSWER).read_line(&mut line).is_err() {
            return false;
        }
        let fingerprint: Vec<char> = met.key.fingerprint.chars().collect();
        let last: String = fingerprint.iter().skip(fingerprint.len().saturating_sub(characters)).collect();
        line.trim() == last
    }

    fn expected<'b>(&'b self, met: &'b HostKeyMet) -> Vec<&'b HostKeyExpected> {
        let mut all: Vec<&HostKeyExpected> = Vec::new();
        for answer in &self.known.answers {
            for expected in answer.words_on(&met.key.fingerprint).flat_map(|said| &said.expected) {
                if !all.iter().any(|known| known.fingerprint == expected.fingerprint) {
                    all.push(expected);
                }
            }
        }
        all
    }

    fn save(&self, met: &HostKeyMet, others: Others) -> Result<Option<Saved>, save::SaveError> {
        let key = STANDARD.decode(&met.key.blob).ok().and_then(|blob| PublicKey::from_blob(&blob).ok());
        let Some(key) = key else {
            eprintln!("midwatch: a key of the type {} cannot be written to known_hosts", met.key.key_type);
            return Ok(None);
        };
        let hashing = if self.client.hash_known_hosts { Hashing::Yes } else { Hashing::AsFound };
        let change = Change { names: vec![self.known.name.clone()], key, others, hashing };
        save::save(self.file, &change, WAIT).map(Some)
    }

    fn tell(&self, met: &HostKeyMet, saved: &Saved) {
        let file = saved.file.display();
        let what = format!("{} {}", met.key.key_type, met.key.fingerprint);
        match (saved.added.is_empty(), &saved.backup) {
            (true, None) => eprintln!("midwatch: {file} has {what} for {} already", self.known.name),
            (_, None) => eprintln!("midwatch: saved to {file}: {} {what}", self.known.name),
            (_, Some(backup)) => eprintln!(
                "midwatch: saved to {file}: {} {what}, in the place of {}; the old file is {}",
                self.known.name,
                lines(&saved.altered),
                backup.display()
            ),
        }
        let file = self.client.user_known_hosts.first().map(|file| file.display().to_string());
        for expected in self.expected(met) {
            let place = expected.place.as_deref().unwrap_or_default();
            let elsewhere =
                self.client.user_known_hosts.iter().skip(1).chain(&self.client.global_known_hosts);
            let other = elsewhere
                .map(|path| path.display().to_string())
                .find(|path| place.starts_with(path.as_str()));
            if let Some(other) = other.filter(|other| Some(other) != file.as_ref()) {
                eprintln!("midwatch: {other} still has the old key, so that ssh goes on refusing: {place}");
            }
        }
    }
}

fn lines(numbers: &[usize]) -> String {
    let all: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    if all.len() == 1 { format!("line {}", all.concat()) } else { format!("lines {}", all.join(", ")) }
}
