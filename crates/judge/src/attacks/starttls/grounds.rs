//! What verdicts on services that begin in plain text rest on.

use midwatch_model::{Because, Outcome, PlainCommand, Reason, Starttls, StarttlsEndpoint};

use crate::View;
use crate::attack::link;
use crate::attacks::{gaps as of_tls, reasons};
use crate::checks::starttls_not_verified::has_usable;
use crate::view::Seen;

/// What was not measured before TLS.
pub(super) fn gaps(view: &View<'_>) -> Vec<Because> {
    if view.starttls.is_empty() {
        return vec![link(format!("what {} says before TLS was not measured", view.endpoint_name()), &[])];
    }
    let mut gaps = Vec::new();
    for seen in &view.starttls {
        let endpoint = seen.fact;
        let at = endpoint.address;
        let mut gap = |what: &str, why: Option<String>| {
            if let Some(why) = why {
                gaps.push(link(format!("{what} at {at} could not be measured: {why}"), &[seen.id]));
            }
        };
        let why = |outcome: Option<&Reason>| outcome.map(ToString::to_string);
        if endpoint.greeting.is_unmeasured() {
            gap("what is said before TLS", why(endpoint.greeting.why_not()));
            continue;
        }
        gap("whether TLS begins when it is asked for", why(endpoint.accepted.why_not()));
        // A protocol that has nothing to say before TLS leaves open whether a password is taken, and nothing else.
        if !says_nothing(endpoint.protocol) {
            gap("what can be done before TLS", why(endpoint.before.why_not()));
        }
        if endpoint.accepted.is_seen() {
            gap("what becomes of a command in plain text", why(endpoint.plain_command.why_not()));
        }
    }
    gaps
}

/// In PostgreSQL a server is silent before it knows a name.
fn says_nothing(protocol: Starttls) -> bool {
    protocol == Starttls::Postgres
}

/// The versions and suites, where TLS comes about at all: that it does not is a finding, and no gap.
pub(super) fn version_gaps(view: &View<'_>) -> Vec<Because> {
    let all_refuse = view.starttls.iter().all(|seen| seen.fact.accepted.is_refused());
    if all_refuse && !view.starttls.is_empty() { Vec::new() } else { of_tls::versions(view) }
}

/// Where a protocol does not say whether it takes a password before TLS.
pub(super) fn password_gaps(view: &View<'_>) -> Vec<Because> {
    let silent = |seen: &&Seen<'_, StarttlsEndpoint>| {
        let says = seen.fact.before.value().map(|said| (said.password, said.mechanisms.is_empty()));
        let silent = says == Some((None, true)) || says.is_none() && says_nothing(seen.fact.protocol);
        seen.fact.protocol.has_login() && silent
    };
    view.starttls
        .iter()
        .filter(silent)
        .map(|seen| {
            let text = format!(
                "whether a password is taken before TLS at {} could not be measured: {} does not say, and no name is sent \
                 to find out",
                seen.fact.address,
                seen.fact.protocol.name()
            );
            link(text, &[seen.id])
        })
        .collect()
}

/// What keeps anybody from saying whom a client reaches: the certificate, and for mail between servers the records by which
/// they verify it.
pub(super) fn identity_gaps(view: &View<'_>) -> Vec<Because> {
    match (view.starttls_by(), has_usable(view)) {
        (Some(Starttls::Smtp), None) => {
            vec![link("whether TLSA records let senders verify the server was not measured", &[])]
        }
        (Some(Starttls::Smtp), Some(_)) => Vec::new(),
        _ => of_tls::certificate(view),
    }
}

/// TLS is there for whoever asks.
pub(super) fn begins(view: &View<'_>) -> Vec<Because> {
    let all = view.starttls.iter().all(|seen| seen.fact.accepted.is_seen());
    let ids: Vec<&str> = view.starttls.iter().map(|seen| seen.id).collect();
    if ids.is_empty() || !all {
        return Vec::new();
    }
    let offered = view.starttls.iter().all(|seen| seen.fact.offered.value() == Some(&true));
    let text = if offered {
        "TLS is offered, and begins when it is asked for"
    } else {
        "TLS begins when it is asked for"
    };
    vec![link(text, &ids)]
}

/// Nobody logs in before TLS.
pub(super) fn no_login(view: &View<'_>) -> Vec<Because> {
    let closed = |seen: &&Seen<'_, StarttlsEndpoint>| {
        let before = seen.fact.before.value();
        before.is_some_and(|said| {
            // Servers of XMPP are let in by their names (dialback), which is no login.
            let serves = seen.fact.protocol == Starttls::XmppServer
                && !said.capabilities.iter().any(|name| name == "starttls required");
            said.password == Some(false) && said.mechanisms.is_empty() && !serves
        })
    };
    let ids: Vec<&str> = view.starttls.iter().filter(closed).map(|seen| seen.id).collect();
    if ids.is_empty() || ids.len() < view.starttls.len() {
        return Vec::new();
    }
    vec![link("the server takes no login before TLS", &ids)]
}

/// What came in plain text stays outside.
pub(super) fn nothing_carried_over(view: &View<'_>) -> Vec<Because> {
    let sound = |outcome: &Outcome<PlainCommand>| {
        outcome.is_refused() || outcome.value() == Some(&PlainCommand::Discarded)
    };
    let ids: Vec<&str> =
        view.starttls.iter().filter(|seen| sound(&seen.fact.plain_command)).map(|seen| seen.id).collect();
    if ids.is_empty() || ids.len() < view.starttls.len() {
        return Vec::new();
    }
    vec![link("nothing that is said in plain text is carried over into TLS", &ids)]
}

/// TLS can be had without asking.
pub(super) fn implicit(view: &View<'_>) -> Vec<Because> {
    for seen in &view.starttls {
        if let Some(port) = seen.fact.implicit.value() {
            let text = format!("on port {port} beside it TLS stands from the first octet");
            return vec![link(text, &[seen.id])];
        }
    }
    Vec::new()
}

/// Who is reached is known.
pub(super) fn identity(view: &View<'_>) -> Vec<Because> {
    if view.starttls_by() != Some(Starttls::Smtp) {
        return reasons::certificate(view);
    }
    match (view.dns.tlsa, has_usable(view)) {
        (Some(seen), Some(true)) => {
            let text = format!(
                "signed TLSA records at {} tell senders by which certificate to verify the server (DANE)",
                seen.fact.name
            );
            vec![link(text, &[seen.id])]
        }
        _ => Vec::new(),
    }
}

/// What is left to those who use the service.
pub(super) fn remains(view: &View<'_>) -> Vec<String> {
    match view.starttls_by() {
        Some(Starttls::Smtp) => vec![
            "Servers that know neither DANE nor MTA-STS verify nothing, and send in plain text where the offer of TLS is \
             taken away."
                .to_owned(),
        ],
        Some(protocol) => {
            let instead = demand(protocol);
            vec![format!(
                "A program that uses TLS only where it is offered goes on in plain text when somebody takes the offer \
                 away: {instead}."
            )]
        }
        None => Vec::new(),
    }
}

/// How a program is made to insist on TLS. Those of databases go on in plain text unless they are told otherwise, as
/// libpq does (`sslmode=prefer`), and clients of MySQL and MariaDB (CVE-2015-3152).
fn demand(protocol: Starttls) -> String {
    match protocol {
        Starttls::Postgres => "set sslmode=verify-full".to_owned(),
        Starttls::Mysql => {
            "set --ssl-mode=VERIFY_IDENTITY, of MariaDB's programs --ssl-verify-server-cert".to_owned()
        }
        Starttls::Ldap => "set it to StartTLS or ldaps, of OpenLDAP's programs -ZZ".to_owned(),
        Starttls::Ftp => "set it to explicit TLS, and to refuse everything else".to_owned(),
        other => other.implicit_port().map_or_else(
            || "set it to demand TLS".to_owned(),
            |port| format!("set it to demand TLS, or to port {port}"),
        ),
    }
}

/// What a certificate does not rule out.
pub(super) fn authorities(view: &View<'_>) -> Vec<String> {
    let dane = view.starttls_by() == Some(Starttls::Smtp);
    if dane {
        return Vec::new();
    }
    let caa = if view.dns.caa().is_none() { "; CAA records were not seen" } else { "" };
    vec![
        format!("An authority that issues by mistake, or is made to{caa}."),
        "Whether people's programs verify the certificate, and what their users do with a warning, was not looked at."
            .to_owned(),
    ]
}
