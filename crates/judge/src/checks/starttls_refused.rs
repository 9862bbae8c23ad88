//! TLS is offered, and refused when it is asked for.

use midwatch_model::{AttackId::*, Outcome, Severity, Starttls};

use super::starttls_support as shared;
use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "starttls-refused",
    title: "The server offers TLS and refuses it",
    severity: Severity::High,
    says: "{place} refuses the TLS that it offers",
    about: "TLS is among what the server says that it can do, and when it is asked for, the answer is no. Programs that have to \
            have TLS cannot connect; others go on in plain text.",
    gain: "Whatever goes to and fro: mail, messages, names and passwords.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade],
    decided: "The server offered TLS, or has no offers in its protocol, and answered the request with a refusal. A refusal in the \
              name of the whole connection (too many at once) is none of TLS and is not found. In IMAP the greeting PREAUTH is as good as a \
              refusal: TLS cannot be asked for in a session that is logged in (RFC 9051 6.2.1). Medium for LMTP.",
    benign: &["The certificate's files may be unreadable for the moment, as while they are renewed."],
    fix: "Look into the server's log for why it has no TLS: as a rule it cannot read its certificate or key.",
    settings: &[Setting::MailStarttls],
    source: "RFC 3207 4 (454); RFC 9051 6.2.1",
    find: |view, found| {
        for seen in &view.starttls {
            let endpoint = seen.fact;
            let Outcome::Refused { how } = &endpoint.accepted else { continue };
            // Of a server that does not offer it, that is said elsewhere.
            if endpoint.offered.value() == Some(&false) {
                continue;
            }
            let severity =
                if endpoint.protocol == Starttls::Lmtp { Severity::Medium } else { Severity::High };
            let what = format!("{} answers the request with: {}", endpoint.address, shared::short(how));
            let draft = found.at(shared::place(endpoint)).severity(severity).see(seen.id, what);
            if how.starts_with("PREAUTH") {
                draft.title("The server begins a session that is logged in, in which TLS cannot begin").gain(
                    "Programs that find themselves logged in go on in plain text, with everything that is in the mailbox; \
                     somebody in the middle says so to keep TLS from beginning.",
                );
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_refusal_counts_where_there_was_an_offer() {
        let with = |offered: bool| {
            Scene::starttls(Starttls::Smtp).change_starttls(|endpoint| {
                endpoint.offered = Outcome::seen(offered);
                endpoint.accepted = Outcome::refused("454 4.7.0 TLS not available due to local problem");
            })
        };
        assert_eq!(with(true).severities(CHECK.id), [Severity::High]);
        assert!(with(false).find(CHECK.id).is_empty());
        assert!(Scene::starttls(Starttls::Smtp).find(CHECK.id).is_empty());
        let silent = Scene::starttls(Starttls::Smtp)
            .change_starttls(|endpoint| endpoint.accepted = silence_of("too many connections"));
        assert!(silent.find(CHECK.id).is_empty());
        let logged_in = Scene::starttls(Starttls::Imap).change_starttls(|endpoint| {
            endpoint.offered = silence_of("it does not say");
            endpoint.accepted = Outcome::refused("PREAUTH welcome");
        });
        assert!(logged_in.find(CHECK.id)[0].title.contains("logged in"));
    }
}
