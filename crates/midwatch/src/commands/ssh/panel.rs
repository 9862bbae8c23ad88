//! `--panel`: what a hosting panel needs to warn of a host key, and to offer its two choices.

use std::process::ExitCode;

use midwatch_audit::ssh::Server;
use midwatch_model::{
    HostKeyExpected, HostKeyMet, HostKeySource, HostKeyVerdict, HostKeys, Report, Severity, Target,
    TargetReport,
};
use serde::Serialize;

use super::host_keys;
use crate::{exit, output};

/// The name of the JSON form.
const SCHEMA: &str = "midwatch-host-key/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    midwatch: &'a str,
    hosts: Vec<Host<'a>>,
}

/// One server.
#[derive(Serialize)]
struct Host<'a> {
    /// What was named.
    target: &'a str,
    /// The name that its keys are known by.
    name: Option<&'a str>,
    /// `verified`, `unknown`, `changed`, `revoked`, or `not-measured`.
    verdict: &'a str,
    verified_by: Option<HostKeySource>,
    /// True where a person should be asked, or warned, before anything connects.
    warn: bool,
    title: String,
    text: String,
    keys: &'a [HostKeyMet],
    expected: Vec<&'a HostKeyExpected>,
    /// Where the fingerprint can be compared.
    compare_at: Vec<String>,
    choices: Vec<Choice>,
    error: Option<&'a str>,
}

/// Something that a person can choose.
#[derive(Serialize)]
struct Choice {
    /// `trust` or `cancel`.
    id: &'static str,
    label: &'static str,
    /// What carries it out; none for cancelling.
    command: Option<Vec<String>>,
}

/// Writes the document. The exit code is that of the report.
pub fn write(report: &Report, fail_on: Option<Severity>) -> ExitCode {
    // Of other targets there is no key to show; the exit code counts them.
    let hosts = report.targets.iter().filter(|target| Server::of(&target.target).is_some()).map(of).collect();
    let document = Document { schema: SCHEMA, midwatch: &report.midwatch, hosts };
    match serde_json::to_string_pretty(&document) {
        Ok(text) => output::standard(&format!("{text}\n")),
        Err(error) => return exit::failed(&format!("the document cannot be written: {error}")),
    }
    exit::of_report(report, fail_on)
}

fn of(target: &TargetReport) -> Host<'_> {
    let input = target.target.input();
    let Some(known) = host_keys(target) else {
        return Host {
            target: input,
            name: None,
            verdict: "not-measured",
            verified_by: None,
            warn: true,
            title: format!("No key of {input} was met"),
            text:
                "Whether the server is the right one is not known, since it could not be asked for its keys."
                    .into(),
            keys: &[],
            expected: Vec::new(),
            compare_at: Vec::new(),
            choices: vec![cancel()],
            error: target.error.as_deref(),
        };
    };
    let (title, text) = words(known);
    Host {
        target: input,
        name: Some(&known.name),
        verdict: known.verdict.id(),
        verified_by: known.verified_by,
        warn: known.verdict != HostKeyVerdict::Verified,
        title,
        text,
        keys: &known.keys,
        expected: expected(known),
        compare_at: known.compare_at(),
        choices: choices(&target.target, known),
        error: target.error.as_deref(),
    }
}

fn words(known: &HostKeys) -> (String, String) {
    let name = &known.name;
    match known.verdict {
        HostKeyVerdict::Verified => (
            format!("The key of {name} is verified"),
            "The server proved that it holds a key that is known to be its own.".into(),
        ),
        HostKeyVerdict::Unknown => (
            format!("The key of {name} is not known"),
            "This is a first meeting. Whoever answers may be the server, or somebody in the middle who shows a key of \
             their own. Compare the fingerprint with what the server's owner publishes, and trust it only where they are the \
             same."
                .into(),
        ),
        HostKeyVerdict::Changed => (
            format!("The key of {name} has changed"),
            "The server was known by another key. Somebody may be in the middle. It is harmless where the server was set up \
             anew or its keys were replaced: ask its owner, and trust the new key only where its fingerprint is the same as \
             theirs."
                .into(),
        ),
        HostKeyVerdict::Revoked => (
            format!("The key of {name} is revoked"),
            "Somebody who can know it says that this key must not be taken any more. Do not connect.".into(),
        ),
    }
}

fn expected(known: &HostKeys) -> Vec<&HostKeyExpected> {
    let mut all: Vec<&HostKeyExpected> = Vec::new();
    for answer in &known.answers {
        for expected in answer.words().flat_map(|said| &said.expected) {
            if !all.contains(&expected) {
                all.push(expected);
            }
        }
    }
    all
}

fn cancel() -> Choice {
    Choice { id: "cancel", label: "Cancel", command: None }
}

/// The two choices; of a verified key none is needed, and a revoked one leaves no other.
fn choices(target: &Target, known: &HostKeys) -> Vec<Choice> {
    let option = match known.verdict {
        HostKeyVerdict::Verified => return Vec::new(),
        HostKeyVerdict::Revoked => return vec![cancel()],
        HostKeyVerdict::Unknown => "--save",
        HostKeyVerdict::Changed => "--replace",
    };
    // Each takes what it was given: a remote is none for ssh.
    let of = if matches!(target, Target::Git { .. }) { "git" } else { "ssh" };
    let mut command: Vec<String> = ["midwatch", of, target.input(), option].map(str::to_owned).into();
    let to_trust = known.keys.iter().filter(|met| met.proof.value() == Some(&true));
    for met in to_trust.filter(|met| met.verdict != HostKeyVerdict::Verified) {
        command.extend(["--accept".to_owned(), met.key.fingerprint.clone()]);
    }
    vec![Choice { id: "trust", label: "Verify and trust", command: Some(command) }, cancel()]
}
