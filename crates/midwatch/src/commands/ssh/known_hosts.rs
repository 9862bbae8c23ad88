//! `midwatch ssh known-hosts`: OpenSSH's KnownHostsCommand (ssh_config(5)).
//!
//! `ssh` reads its files by itself, and ends the connection where this fails. So it prints lines only for what those
//! files do not know: a key that somebody else vouches for, and `@revoked` for one that somebody else speaks against.
//! What a person should know goes to standard error, which `ssh` passes on.

use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_audit::ssh::{Client, Server};
use midwatch_audit::{Options, target};
use midwatch_model::{HostKeyAnswer, HostKeySource, HostKeyVerdict, HostKeyWord, HostKeys, ReasonKind};

use super::ssh_options;
use crate::args::{Reach, SshKnownHosts, SshVia};
use crate::commands::{memory, targets};
use crate::{exit, output};

/// Runs it.
pub async fn run(arguments: &SshKnownHosts) -> ExitCode {
    match lines(arguments).await {
        Ok(text) => {
            output::standard(&text);
            ExitCode::SUCCESS
        }
        Err(sentence) if arguments.strict => exit::failed(&sentence),
        Err(sentence) => {
            eprintln!("midwatch: {sentence}; ssh goes on without midwatch's word");
            ExitCode::SUCCESS
        }
    }
}

/// What `ssh` is to read.
async fn lines(arguments: &SshKnownHosts) -> Result<String, String> {
    // Without a key there is nothing to vouch for: forges and SSHFP records have fingerprints and no keys.
    let blob = match arguments.key.as_deref() {
        None | Some("NONE") => return Ok(String::new()),
        Some(text) => {
            STANDARD.decode(text).map_err(|_| "--key is no key in Base64, as %K gives it".to_owned())?
        }
    };
    let named = arguments.named.as_deref().unwrap_or(&arguments.host);
    let target = target::ssh(named).map_err(|error| error.to_string())?;
    let server = Server::of(&target).ok_or_else(|| format!("{named} is no host"))?;
    let options = options(arguments)?;
    let client = Client::on_the_way(&arguments.host, &server, &options.ssh);
    let known = midwatch_audit::ssh::met_by_ssh(&client, &blob, &options)
        .await
        .ok_or("the bytes of --key are no key of SSH")?;
    if arguments.strict
        && let Some(why) = unread(&known.answers)
    {
        return Err(why);
    }
    let met = known.keys.first().ok_or("no key was given")?;
    let reason = arguments.reason.as_deref().unwrap_or("HOSTNAME");
    if reason == "HOSTNAME"
        && let Some(words) = words(&known)
    {
        eprintln!("{words}");
    }
    let key = format!("{} {} {}\n", arguments.host, met.key.key_type, met.key.blob);
    let in_files = word_of(&known, HostKeySource::KnownHosts);
    Ok(match known.verdict {
        HostKeyVerdict::Verified if known.verified_by != Some(HostKeySource::KnownHosts) => key,
        HostKeyVerdict::Revoked if in_files != Some(HostKeyWord::Revoked) => format!("@revoked {key}"),
        // ssh refuses by itself what its files have another key for. A user's own word, which says that this key is
        // right, is not gone against: a list that is bundled here may be older.
        HostKeyVerdict::Changed if in_files == Some(HostKeyWord::Unknown) && is_spoken_against(&known) => {
            format!("@revoked {key}")
        }
        _ => String::new(),
    })
}

fn options(arguments: &SshKnownHosts) -> Result<Options, String> {
    let reach = Reach {
        resolve: Vec::new(),
        timeout: arguments.wait,
        connections: 8,
        offline: arguments.offline,
        resolver: arguments.resolver.clone(),
        dnssec_anchor: arguments.dnssec_anchor.clone(),
    };
    let via = SshVia { direct: false, as_configured: false, jump: Vec::new(), socks: None };
    let mut ssh = ssh_options(&arguments.known, &via, memory::of(&arguments.memory))?;
    ssh.options.clone_from(&arguments.option);
    // The DNS is asked where nothing on this computer knows the key.
    ssh.dns_last = true;
    Ok(Options { ssh, ..targets::ssh_options(&reach)? })
}

fn word_of(known: &HostKeys, source: HostKeySource) -> Option<HostKeyWord> {
    let met = known.keys.first()?;
    known.said(source, &met.key.fingerprint).map(|said| said.word)
}

/// True where somebody who can know it has another key for the host, of this type or of others alone: ssh takes both
/// for a change where its own files say so.
fn is_spoken_against(known: &HostKeys) -> bool {
    let against = |word| matches!(word, HostKeyWord::Other | HostKeyWord::OtherType);
    known
        .answers
        .iter()
        .filter(|answer| answer.source.proves())
        .any(|answer| answer.words().any(|said| against(said.word)))
}

/// The first source that could not be asked though it was there.
fn unread(answers: &[HostKeyAnswer]) -> Option<String> {
    answers.iter().find_map(|answer| {
        let why = answer.says.why_not().filter(|why| why.kind != ReasonKind::NotAsked)?;
        Some(format!("{}: {why}", answer.from))
    })
}

/// What a person should know before they answer `ssh`.
fn words(known: &HostKeys) -> Option<String> {
    let met = known.keys.first()?;
    let name = &known.name;
    let key = format!("{} {}", met.key.key_type, met.key.fingerprint);
    let expected = || {
        let mut all: Vec<String> = Vec::new();
        for answer in &known.answers {
            for said in answer.words() {
                for expected in &said.expected {
                    let since =
                        expected.since.as_ref().map(|since| format!(", since {since}")).unwrap_or_default();
                    let place = expected.place.as_deref().unwrap_or(&answer.from);
                    all.push(format!(
                        "midwatch:   expected  {} {} ({place}{since})",
                        expected.key_type, expected.fingerprint
                    ));
                }
            }
        }
        all.dedup();
        all.join("\n")
    };
    match known.verdict {
        HostKeyVerdict::Verified => None,
        HostKeyVerdict::Unknown => Some(format!(
            "midwatch: the key of {name} is unknown: nobody that midwatch can ask vouches for it.\n\
             midwatch:   met       {key}\n\
             midwatch:   in words  {}\n\
             midwatch: Compare it with what the server's owner publishes or reads out before you say yes.",
            met.words.join(" ")
        )),
        HostKeyVerdict::Changed => Some(format!(
            "midwatch: the key of {name} has CHANGED. Somebody may be in the middle of this connection.\n\
             {}\n\
             midwatch:   met       {key}\n\
             midwatch: It is harmless where the server was set up anew or its keys were replaced: ask whoever runs it, over \
             another way than this one. 'midwatch ssh {name} --replace' puts the new key in the old one's place once you have \
             compared it.",
            expected()
        )),
        HostKeyVerdict::Revoked => {
            Some(format!("midwatch: the key of {name} is REVOKED, and must not be taken: {key}"))
        }
    }
}
