//! Verdicts on services that begin in plain text.

use midwatch_model::AttackId::*;
use midwatch_model::{
    Announced, Outcome, PlainCommand, ReasonKind, RejectionKind, Security, Starttls, Verdict,
};

use crate::testing::*;

fn all(scene: &Scene) -> Vec<Verdict> {
    let methods = [Eavesdropping, StrippingAndDowngrade, Impersonation, DnsSpoofing, IpHijacking];
    methods.into_iter().map(|id| scene.verdict(id)).collect()
}

fn signed(protocol: Starttls) -> Scene {
    Scene::starttls(protocol).tlsa(true, |tlsa| tlsa.security = Outcome::seen(Security::Secure))
}

#[test]
fn a_sound_service_is_protected() {
    for protocol in [Starttls::Submission, Starttls::Imap, Starttls::Pop3, Starttls::Sieve] {
        assert_eq!(all(&Scene::starttls(protocol)), [Verdict::Protected; 5], "{protocol}");
    }
    assert_eq!(all(&signed(Starttls::Smtp)), [Verdict::Protected; 5]);
}

#[test]
fn there_is_no_verdict_on_sessions_of_browsers() {
    let judged = Scene::starttls(Starttls::Imap).judge();
    assert_eq!(judged.attacks.len(), 5);
    assert!(judged.attacks.iter().all(|attack| attack.id != SessionHijacking && attack.id != HttpInjection));
}

#[test]
fn login_before_tls_opens_stripping() {
    let open = Scene::starttls(Starttls::Imap).change_starttls(|endpoint| {
        let mechanisms = vec!["PLAIN".to_owned(), "LOGIN".to_owned()];
        endpoint.before =
            Outcome::seen(Announced { mechanisms, password: Some(true), ..Announced::default() });
    });
    assert_eq!(open.verdict(StrippingAndDowngrade), Verdict::Exposed);
    assert_eq!(open.verdict(Eavesdropping), Verdict::Partly);
}

#[test]
fn without_tls_everything_is_open() {
    let none = Scene::starttls(Starttls::Pop3)
        .without(|fact| !matches!(fact, midwatch_model::Fact::Starttls(_)))
        .change_starttls(|endpoint| {
            endpoint.offered = Outcome::seen(false);
            endpoint.accepted = Outcome::refused("-ERR unknown command");
            endpoint.before = Outcome::seen(Announced {
                mechanisms: vec!["USER".into()],
                password: Some(true),
                ..Announced::default()
            });
        });
    assert_eq!(all(&none), [Verdict::Exposed; 5]);
}

#[test]
fn commands_that_are_carried_over_open_reading_and_stripping() {
    let kept = Scene::starttls(Starttls::Imap)
        .change_starttls(|endpoint| endpoint.plain_command = Outcome::seen(PlainCommand::Kept));
    assert_eq!(kept.verdict(Eavesdropping), Verdict::Exposed);
    assert_eq!(kept.verdict(StrippingAndDowngrade), Verdict::Exposed);
}

#[test]
fn nothing_beside_it_is_half_open() {
    let alone = Scene::starttls(Starttls::Imap)
        .change_starttls(|endpoint| endpoint.implicit = Outcome::refused("nothing listens on port 993"));
    assert_eq!(alone.verdict(StrippingAndDowngrade), Verdict::Partly);
}

#[test]
fn mail_between_servers_rests_on_records_and_not_on_authorities() {
    let unsigned = Scene::starttls(Starttls::Smtp).tlsa(true, |tlsa| tlsa.records = Outcome::seen(vec![]));
    let partly = [StrippingAndDowngrade, Impersonation, DnsSpoofing, IpHijacking];
    assert!(partly.into_iter().all(|id| unsigned.verdict(id) == Verdict::Partly));
    assert_eq!(unsigned.verdict(Eavesdropping), Verdict::Protected);
    // Not measured is not safe.
    assert_eq!(Scene::starttls(Starttls::Smtp).verdict(StrippingAndDowngrade), Verdict::Unknown);
    // Nobody verifies a certificate by its authority there.
    let self_signed = |protocol| {
        signed(protocol).change_chain(|chain| distrust(chain, RejectionKind::SelfSigned, "in words"))
    };
    assert_eq!(self_signed(Starttls::Smtp).verdict(Impersonation), Verdict::Protected);
    assert_eq!(self_signed(Starttls::Imap).verdict(Impersonation), Verdict::Exposed);
}

#[test]
fn what_was_not_measured_is_not_safe() {
    let silent = Scene::starttls(Starttls::Imap).change_starttls(|endpoint| {
        endpoint.greeting = silence_of("no answer");
        endpoint.accepted = silence_of("no answer");
        endpoint.before = silence_of("no answer");
    });
    assert_eq!(all(&silent), [Verdict::Unknown; 5]);
    let none = Scene::starttls(Starttls::Imap).without(|_| true);
    assert_eq!(all(&none), [Verdict::Unknown; 5]);
}

#[test]
fn a_protocol_that_does_not_say_whether_it_takes_a_password_leaves_the_verdict_open() {
    for protocol in [Starttls::Mysql, Starttls::Ftp, Starttls::Ldap] {
        let silent = Scene::starttls(protocol)
            .change_starttls(|endpoint| endpoint.before = Outcome::seen(Announced::default()));
        assert_eq!(silent.verdict(StrippingAndDowngrade), Verdict::Unknown, "{protocol}");
    }
    // PostgreSQL has nothing to say before TLS, which concerns passwords alone.
    let postgres = Scene::starttls(Starttls::Postgres).change_starttls(|endpoint| {
        endpoint.before = Outcome::unmeasured(ReasonKind::Other, "it does not say");
    });
    assert_eq!(postgres.verdict(StrippingAndDowngrade), Verdict::Unknown);
    assert_eq!(postgres.verdict(Impersonation), Verdict::Protected);
    // A directory that answers nothing before TLS takes no password either.
    let closed = Scene::starttls(Starttls::Ldap).change_starttls(|endpoint| {
        endpoint.before = Outcome::seen(Announced { password: Some(false), ..Announced::default() });
    });
    assert_eq!(closed.verdict(StrippingAndDowngrade), Verdict::Protected);
}

#[test]
fn servers_of_xmpp_are_let_in_by_their_names_unless_tls_is_required() {
    let with = |features: &'static [&str]| {
        Scene::starttls(Starttls::XmppServer)
            .change_starttls(|endpoint| {
                let capabilities = features.iter().map(|name| (*name).to_owned()).collect();
                endpoint.before =
                    Outcome::seen(Announced { capabilities, password: Some(false), ..Announced::default() });
                endpoint.implicit = silence_of("nobody looked");
            })
            .verdict(StrippingAndDowngrade)
    };
    assert_eq!(with(&["starttls", "starttls required"]), Verdict::Protected);
    assert_eq!(with(&["starttls", "dialback"]), Verdict::Unknown);
}
