//! The warning about a host key that is not known or has changed, with its two choices: verify and trust, or cancel.
//!
//! To trust is no click alone: the end of the fingerprint has to be typed, as it stands where the server's owner publishes
//! it. Who only copies what the page shows has at least looked at it.

use maud::{Markup, PreEscaped, html};
use midwatch_model::{HostKeyMet, HostKeyVerdict, HostKeys, Time};
use midwatch_report::fragments;
use serde::Serialize;

use super::parts::{self, ago, breaking, csrf, text, time};
use super::shell::{Part, Shell, page};
use crate::reader::{Reader, Scope};

/// How many characters of the end of a fingerprint have to be typed.
pub const TYPED: usize = 6;

/// What the page of a host key shows.
#[derive(Clone, Debug, Serialize)]
pub struct HostKeyModel {
    /// When it was put together.
    pub now: Time,
    /// The target's id.
    pub target: String,
    /// The target's name.
    pub name: String,
    /// When the key was met.
    pub met: Option<Time>,
    /// The servers of the target and what is known of their keys.
    pub servers: Vec<ServerKeys>,
}

/// A server's keys.
#[derive(Clone, Debug, Serialize)]
pub struct ServerKeys {
    /// What is known of them, what people decided here included.
    pub known: HostKeys,
    /// The sections of the report on it: what each source says.
    #[serde(skip)]
    pub sections: String,
    /// What was decided here.
    pub decisions: Vec<Decision>,
}

/// What somebody decided of a key.
#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    /// The key's fingerprint.
    pub fingerprint: String,
    /// The key's type.
    pub key_type: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Time,
}

impl ServerKeys {
    /// The keys that can be trusted: the server proved that it holds them, and nobody vouches for them or revoked them.
    pub fn to_decide(&self) -> impl Iterator<Item = &HostKeyMet> {
        crate::trust::to_decide(&self.known)
    }
}

/// The end of a fingerprint that has to be typed.
pub fn tail(fingerprint: &str) -> String {
    let all: Vec<char> = fingerprint.trim_end_matches('=').chars().collect();
    all.iter().skip(all.len().saturating_sub(TYPED)).collect()
}

/// The page. `fault` says why what was sent could not be taken.
pub fn host_key(model: &HostKeyModel, reader: &Reader, fault: Option<&str>) -> Markup {
    let url = parts::target_url(&model.target);
    let json = format!("{url}/host-key?format=json");
    let title = format!("Host key of {}", fragments::plain(&model.name));
    let shell =
        Shell { title: &title, part: Part::Targets, reader, json: Some(&json), live: false, notice: None };
    page(
        &shell,
        html! {
            div.title {
                h1 { "Host key of " (breaking(&model.name)) }
                p.when {
                    a href=(url) { "All of this target" }
                    @if let Some(met) = model.met { " · met " (ago(model.now, met)) }
                }
            }
            @if let Some(fault) = fault { p.fault role="alert" { (text(fault)) } }
            @if model.servers.is_empty() {
                (parts::nothing("No host key was met at the last look."))
            }
            @for (at, server) in model.servers.iter().enumerate() {
                (one(server, at, reader, &url))
            }
        },
    )
}

fn one(server: &ServerKeys, at: usize, reader: &Reader, url: &str) -> Markup {
    let known = &server.known;
    let (class, mark, title, words) = words(known);
    html! {
        section.warning aria-labelledby={ "key" (at) } {
            div class={ "banner " (class) } {
                h2.verdict id={ "key" (at) } { (PreEscaped(fragments::verdict_mark(mark))) span { (breaking(&title)) } }
                p.sentence { (words) }
            }
            (PreEscaped(&server.sections))
            @if !server.decisions.is_empty() {
                h3 { "Decided here" }
                ul.plainlist {
                    @for one in &server.decisions {
                        li { (text(&one.key_type)) " " code { (breaking(&one.fingerprint)) } " is trusted since "
                            (time(one.at)) ", by " (text(&one.by)) }
                    }
                }
            }
            @if known.verdict != HostKeyVerdict::Verified { (choices(server, at, reader, url)) }
        }
    }
}

fn choices(server: &ServerKeys, at: usize, reader: &Reader, url: &str) -> Markup {
    let keys: Vec<&HostKeyMet> = server.to_decide().collect();
    html! {
        h3 { "Your choice" }
        @if !reader.may(Scope::Events) {
            p { "Somebody with the role operator or admin decides." }
            p { a.button href=(url) { "Cancel" } }
        } @else if server.known.verdict == HostKeyVerdict::Revoked || keys.is_empty() {
            p { "None of these keys can be trusted: "
                @if server.known.verdict == HostKeyVerdict::Revoked { "one is revoked." }
                @else { "the server has not proved that it holds them." } }
            p { a.button href=(url) { "Cancel" } }
        } @else {
            form.choice method="post" action={ (url) "/host-key" } {
                (csrf(reader))
                input type="hidden" name="server" value=(text(&server.known.name));
                @for (key_at, met) in keys.iter().enumerate() {
                    @let field = format!("tail-{at}-{key_at}");
                    p {
                        input type="hidden" name="fingerprint" value=(text(&met.key.fingerprint));
                        label for=(field) {
                            "The last " (TYPED) " characters of the " b { (text(&met.key.key_type)) }
                            " fingerprint, as the server's owner publishes it"
                        }
                        input id=(field) name="tail" type="text" autocomplete="off" autocapitalize="off" spellcheck="false"
                            size="8" maxlength="64" required[keys.len() == 1];
                    }
                }
                @if keys.len() > 1 { p.sub { "Leave out what you could not compare." } }
                p.two {
                    button.danger type="submit" name="choice" value="trust" { "Verify and trust" }
                    a.button href=(url) { "Cancel" }
                }
                p.sub { "Trusting is noted with your name. It closes open changes about this key." }
            }
        }
    }
}

type Words = (&'static str, midwatch_model::Verdict, String, &'static str);

fn words(known: &HostKeys) -> Words {
    use midwatch_model::Verdict;
    let name = &known.name;
    match known.verdict {
        HostKeyVerdict::Verified => (
            "protected",
            Verdict::Protected,
            format!("The key of {name} is verified"),
            "The server proved that it holds a key that is known to be its own.",
        ),
        HostKeyVerdict::Unknown => (
            "partly",
            Verdict::Partly,
            format!("The key of {name} is not known"),
            "This is a first meeting. Whoever answers may be the server, or somebody in the middle who shows a key of their \
             own. Compare the fingerprint with what the server's owner publishes, and trust it only where they are the same.",
        ),
        HostKeyVerdict::Changed => (
            "exposed",
            Verdict::Exposed,
            format!("The key of {name} has changed"),
            "The server was known by another key. Somebody may be in the middle. It is harmless where the server was set up \
             anew or its keys were replaced: ask its owner, and trust the new key only where its fingerprint is the same as \
             theirs.",
        ),
        HostKeyVerdict::Revoked => (
            "exposed",
            Verdict::Exposed,
            format!("The key of {name} is revoked"),
            "Somebody who can know it says that this key must not be taken any more. Do not connect.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_what_a_person_can_compare() {
        assert_eq!(tail("SHA256:AbCdEfGhIjKl"), "GhIjKl");
        assert_eq!(tail("SHA256:AbCdEfGhIjKl="), "GhIjKl");
        assert_eq!(tail("abc"), "abc");
        assert_eq!(tail(""), "");
    }
}
