//! TLS is not among what the server offers before it.

use midwatch_model::{AttackId::*, Confidence, Severity, Starttls, StarttlsEndpoint};

use super::starttls_support as shared;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "starttls-not-offered",
    title: "The server offers no TLS",
    severity: Severity::High,
    says: "{place} offers no TLS",
    about: "The connection begins in plain text, and TLS is not among what the server says that it can do. Programs that \
            take what is offered go on in plain text.",
    gain: "Whatever goes to and fro: mail, messages, names and passwords.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, Impersonation, DnsSpoofing, IpHijacking],
    decided: "The server named its capabilities, and STARTTLS (STLS in POP3) was not among them. High; medium for LMTP, which \
              seldom leaves a network of one's own, and for a service that takes no login before TLS by what it says, since \
              nobody can then use it. Low for IRC where a port beside it has TLS from the first octet, which its specification \
              prefers to STARTTLS. TLS is asked for all the same, once: where the server takes it, the offer is missing \
              and not the TLS, which is what somebody on the way who takes offers out looks like.",
    benign: &[],
    fix: "Give the server a certificate and let it offer TLS; where it does, find out what between here and the server takes \
          the offer out.",
    settings: &[Setting::MailStarttls],
    source: "RFC 3207 4; RFC 8314 4.1; IRCv3, tls",
    find: |view, found| {
        for seen in &view.starttls {
            let endpoint = seen.fact;
            if endpoint.offered.value() != Some(&false) {
                continue;
            }
            let what = format!("{}: {}", endpoint.address, shared::capabilities(&endpoint.before));
            let draft = found.at(shared::place(endpoint)).severity(severity(endpoint)).see(seen.id, what);
            let Some(answer) = endpoint.accepted.value() else { continue };
            let draft = draft
                .title("TLS is not offered here, and taken when it is asked for")
                .confidence(Confidence::Firm)
                .gain(
                    "Programs that use TLS only where it is offered go on in plain text, as whoever takes the offer out \
                     wants them to.",
                )
                .benign("A server may take what it does not offer, by its settings or by an old fault.")
                .see(seen.id, format!("asked for TLS all the same, it answers: {}", shared::short(answer)));
            if let Some(mask) = masked(endpoint) {
                let what = format!(
                    "'{mask}' is what firewalls that inspect mail write over an offer that they take out"
                );
                draft.see(seen.id, what);
            }
        }
    },
};

fn severity(endpoint: &StarttlsEndpoint) -> Severity {
    let no_login = endpoint
        .before
        .value()
        .is_some_and(|said| said.password == Some(false) && said.mechanisms.is_empty());
    match endpoint.protocol {
        Starttls::Lmtp => Severity::Medium,
        Starttls::Irc if endpoint.implicit.is_seen() => Severity::Low,
        protocol if protocol.has_login() && no_login => Severity::Medium,
        _ => Severity::High,
    }
}

/// A capability of nothing but the letter X, which old inspecting firewalls write in the place of one.
fn masked(endpoint: &StarttlsEndpoint) -> Option<&str> {
    let capabilities = &endpoint.before.value()?.capabilities;
    let is_mask = |line: &&String| {
        let line = line.trim_end_matches(['A', 'a']);
        line.len() >= 5 && line.chars().all(|c| c == 'X')
    };
    capabilities.iter().find(is_mask).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(protocol: Starttls, change: impl Fn(&mut StarttlsEndpoint) + Copy) -> Scene {
        Scene::starttls(protocol).change_starttls(|endpoint| {
            endpoint.offered = Outcome::seen(false);
            endpoint.accepted = Outcome::refused("502 no");
            change(endpoint);
        })
    }

    #[test]
    fn how_bad_it_is_rests_on_the_protocol() {
        for protocol in [Starttls::Smtp, Starttls::Imap, Starttls::Pop3] {
            let open = with(protocol, |endpoint| {
                endpoint.before = endpoint.before.clone().map(|mut said| {
                    said.password = Some(true);
                    said
                });
            });
            assert_eq!(open.severities(CHECK.id), [Severity::High], "{protocol}");
        }
        assert_eq!(with(Starttls::Lmtp, |_| {}).severities(CHECK.id), [Severity::Medium]);
        let beside = with(Starttls::Irc, |endpoint| endpoint.implicit = Outcome::seen(6697));
        assert_eq!(beside.severities(CHECK.id), [Severity::Low]);
        // Nobody can log in at all.
        assert_eq!(with(Starttls::Imap, |_| {}).severities(CHECK.id), [Severity::Medium]);
    }

    #[test]
    fn an_offer_that_is_missing_is_another_thing_than_tls_that_is_missing() {
        let scene = with(Starttls::Smtp, |endpoint| {
            endpoint.accepted = Outcome::seen("220 go".into());
            endpoint.before = endpoint.before.clone().map(|mut said| {
                said.capabilities.push("XXXXXXXA".into());
                said
            });
        });
        let found = scene.find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("{found:?}") };
        assert!(finding.title.contains("taken when it is asked for"));
        assert_eq!((finding.confidence, finding.evidence.len()), (Confidence::Firm, 3));
    }

    #[test]
    fn what_was_not_seen_is_no_finding() {
        assert!(Scene::starttls(Starttls::Imap).find(CHECK.id).is_empty());
        let silent = with(Starttls::Imap, |endpoint| endpoint.offered = silence_of("no answer"));
        assert!(silent.find(CHECK.id).is_empty());
    }
}
