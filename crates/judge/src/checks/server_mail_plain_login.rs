//! A mail program of the server takes passwords without TLS.

use midwatch_model::{
    AttackId::*, Edit, Edits, ServerProgram, ServerProgramId, ServerSetting, Severity, Station,
};

use super::server_support::{decide, edits, idle, is_yes, last, program, replace, told};
use crate::Check;

/// What Exim is told to offer AUTH within TLS alone (its specification, chapter 33.1).
const EXIM_TLS: &str = "${if eq{$tls_in_cipher}{}{}{*}}";

pub(crate) static CHECK: Check = Check {
    id: "server-mail-plain-login",
    title: "A mail program of this server takes passwords without TLS",
    severity: Severity::Medium,
    says: "{place} takes passwords without TLS",
    about: "A mail client that finds no STARTTLS may log in without it, and many do without a word. Somebody on the way only has to \
            take the word STARTTLS out of what the server says. A server that takes no password before TLS leaves nothing to \
            read, whatever the client does.",
    gain: "The names and passwords of mailboxes, and all mail in them.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[Eavesdropping, StrippingAndDowngrade],
    decided: "Postfix's main.cf and, for each service of smtpd in master.cf, what its line sets otherwise: SASL is on, and \
              neither wrappermode, nor a security level of encrypt, nor smtpd_tls_auth_only keeps passwords within TLS, nor \
              noplaintext away. Dovecot: disable_plaintext_auth = no (auth_allow_cleartext = yes from 2.4) without ssl = \
              required, where a listener without TLS is on. Exim: an authenticator of PLAIN or LOGIN that is not bound to $tls_in_cipher, by its own \
              condition or by auth_advertise_hosts. High where no TLS is offered at all. Low where every socket's program was seen, and nothing \
              of this one listens.",
    benign: &[
        "A service that a firewall lets the server's own programs alone reach.",
        "A program that is started with another file.",
    ],
    fix: "Postfix: postconf -e 'smtpd_tls_auth_only = yes'. Dovecot: disable_plaintext_auth = yes (2.4: \
          auth_allow_cleartext = no) and ssl = required. Exim: auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}} in the main section. \
          Then the program's own test, and reload.",
    settings: &[],
    source: "RFC 8314 sections 3 and 4.1; RFC 4954 section 4; postconf(5); Dovecot's SSL configuration; Exim specification 33.1",
    find: |view, found| {
        let looks: [(ServerProgramId, Look); 3] = [
            (ServerProgramId::Postfix, postfix),
            (ServerProgramId::Dovecot, dovecot),
            (ServerProgramId::Exim, exim),
        ];
        for (id, look) in looks {
            let Some((seen, program)) = program(view, id) else { continue };
            for open in look(program) {
                let (severity, title) = match open.offers_tls {
                    true => (Severity::Medium, format!("{} takes passwords without TLS", open.place)),
                    false => (
                        Severity::High,
                        format!("{} takes passwords, and offers no TLS for them", open.place),
                    ),
                };
                let idle = idle(view, id);
                let severity = if idle.is_some() { Severity::Low } else { severity };
                let mut draft = found.at(open.place).severity(severity).title(title).edits(open.change);
                if let Some(seen) = idle {
                    draft = draft.see(seen, format!("nothing of {} listens now", program.program.name()));
                }
                for setting in open.because {
                    draft = draft.see(seen.id, format!("observed {}", told(setting)));
                }
            }
        }
    },
};

type Look = for<'a> fn(&'a ServerProgram) -> Vec<Open<'a>>;

/// A place where passwords are taken without TLS.
struct Open<'a> {
    place: String,
    offers_tls: bool,
    because: Vec<&'a ServerSetting>,
    change: Edits,
}

fn postfix(program: &ServerProgram) -> Vec<Open<'_>> {
    let mut open = Vec::new();
    for service in program.named("service") {
        let scope = service.scope.as_deref();
        let of = |name: &str| program.within(scope, name);
        let value = |name: &str| of(name).map(|setting| setting.value.as_str()).unwrap_or_default();
        let yes = |name: &str| is_yes(value(name));
        let level = value("smtpd_tls_security_level");
        let has = |options: &str, option: &str| options.split([',', ' ']).any(|word| word == option);
        let closed = !yes("smtpd_sasl_auth_enable")
            || yes("smtpd_tls_wrappermode")
            || yes("smtpd_tls_auth_only")
            || level == "encrypt"
            || level.is_empty() && yes("smtpd_enforce_tls")
            || has(value("smtpd_sasl_security_options"), "noplaintext");
        if closed || service.value != "smtpd" {
            continue;
        }
        let offers_tls = level == "may" || level.is_empty() && yes("smtpd_use_tls");
        let names = ["smtpd_sasl_auth_enable", "smtpd_tls_auth_only", "smtpd_tls_security_level"];
        let own = of("smtpd_tls_auth_only").is_some_and(|setting| setting.scope.is_some());
        let words: Vec<String> = match scope.filter(|_| own) {
            Some(scope) => vec!["postconf".into(), "-P".into(), format!("{scope}/smtpd_tls_auth_only=yes")],
            None => vec!["postconf".into(), "-e".into(), "smtpd_tls_auth_only = yes".into()],
        };
        let files = ["/etc/postfix/main.cf", "/etc/postfix/master.cf"].map(str::to_owned).to_vec();
        let mut change = edits(program, vec![Edit::Run { command: words, changes: files }]);
        if !offers_tls {
            let what = "Nobody can log in before TLS is offered: give smtpd_tls_chain_files a key and a certificate that names \
                        this server, and then postconf -e 'smtpd_tls_security_level = may'.";
            change.edits.push(Edit::Decide { what: what.into() });
        }
        open.push(Open {
            place: format!("Postfix, {}", scope.unwrap_or("smtpd")),
            offers_tls,
            because: names.iter().filter_map(|name| of(name)).collect(),
            change,
        });
    }
    open
}

fn dovecot(program: &ServerProgram) -> Vec<Open<'_>> {
    let mut scopes: Vec<Option<&str>> = vec![None];
    let names = ["disable_plaintext_auth", "auth_allow_cleartext"];
    scopes.extend(names.iter().flat_map(|name| program.named(name)).map(|setting| setting.scope.as_deref()));
    scopes.dedup();
    let mut open = Vec::new();
    for scope in scopes {
        let of = |name: &str| program.within(scope, name);
        let old = of("disable_plaintext_auth").filter(|setting| !is_yes(&setting.value));
        let new = of("auth_allow_cleartext").filter(|setting| is_yes(&setting.value));
        let Some(setting) = old.or(new).filter(|setting| setting.scope.as_deref() == scope) else { continue };
        let tls = of("ssl");
        let tls_value = tls.map(|setting| setting.value.as_str()).unwrap_or("yes");
        if tls_value == "required" || scope.is_some_and(is_here) || !listens_plain(program) {
            continue;
        }
        let line = if old.is_some() { "disable_plaintext_auth = yes" } else { "auth_allow_cleartext = no" };
        let mut change = edits(program, vec![last(program, setting, line)]);
        if tls_value == "no" {
            let names = if old.is_some() {
                "ssl_cert and ssl_key"
            } else {
                "ssl_server_cert_file and ssl_server_key_file"
            };
            let what = format!(
                "Nobody can log in from elsewhere before TLS is on: give {names} a certificate that names this server, and then write \
                 ssl = required."
            );
            change.edits.push(Edit::Decide { what });
        }
        open.push(Open {
            place: scope.map_or_else(|| "Dovecot".to_owned(), |scope| format!("Dovecot, {scope}")),
            offers_tls: tls_value != "no",
            because: [Some(setting), tls].into_iter().flatten().collect(),
            change,
        });
    }
    open
}

/// A section for connections from this computer itself.
fn is_here(scope: &str) -> bool {
    ["remote 127.", "remote ::1", "remote localhost"].iter().any(|start| scope.starts_with(start))
}

/// True unless the listener without TLS of every protocol is switched off.
fn listens_plain(program: &ServerProgram) -> bool {
    let listeners = [
        ("imap", "imap-login", "imap"),
        ("pop3", "pop3-login", "pop3"),
        ("submission", "submission-login", "submission"),
        ("sieve", "managesieve-login", "sieve"),
    ];
    let protocols = program
        .general("protocols")
        .map(|setting| setting.value.clone())
        .unwrap_or_else(|| "imap pop3".into());
    let is_on = |protocol: &str| protocols.split_whitespace().any(|word| word == protocol);
    listeners.iter().filter(|(protocol, _, _)| is_on(protocol)).any(|(_, service, listener)| {
        let scope = format!("service {service}/inet_listener {listener}");
        let port = program.named("port").find(|setting| setting.scope.as_deref() == Some(&scope));
        port.is_none_or(|port| port.value != "0")
    })
}

fn exim(program: &ServerProgram) -> Vec<Open<'_>> {
    let needs_tls = |setting: Option<&ServerSetting>| {
        setting
            .is_some_and(|setting| setting.value.contains("tls_in_") || setting.value.contains("tls_cipher"))
    };
    let hosts = program.general("auth_advertise_hosts");
    let offers_tls = program.general("tls_advertise_hosts").is_none_or(|setting| !setting.value.is_empty());
    if needs_tls(hosts) || hosts.is_some_and(|hosts| hosts.value.is_empty()) {
        return Vec::new();
    }
    let mut open = Vec::new();
    for driver in program.named("driver") {
        let scope = driver.scope.as_deref();
        let own = |name: &str| program.named(name).find(|setting| setting.scope.as_deref() == scope);
        let name = own("public_name");
        let is_plain = name.map_or(driver.value == "plaintext", |name| {
            matches!(name.value.to_ascii_uppercase().as_str(), "PLAIN" | "LOGIN")
        });
        let condition = own("server_advertise_condition");
        // Without either it logs in elsewhere, and takes nobody's password.
        let is_server = own("server_condition").or_else(|| own("server_socket"));
        if !is_plain || is_server.is_none() || needs_tls(condition) {
            continue;
        }
        open.push(Open {
            place: format!("Exim, {}", scope.unwrap_or("authenticator")),
            offers_tls,
            because: [Some(driver), name, condition, hosts].into_iter().flatten().collect(),
            change: exim_change(program, hosts),
        });
    }
    open
}

/// The one line that binds every authenticator to TLS. Debian makes Exim's file of parts, of which one is the administrator's.
fn exim_change(program: &ServerProgram, hosts: Option<&ServerSetting>) -> Edits {
    let line = format!("auth_advertise_hosts = {EXIM_TLS}");
    let is_set = hosts.filter(|setting| setting.at.is_some());
    let made = program.file == "/var/lib/exim4/config.autogenerated";
    match (made, is_set) {
        (false, Some(setting)) => edits(program, vec![replace(setting, &line)]),
        (false, None) => edits(program, vec![Edit::Top { file: program.file.clone(), lines: vec![line] }]),
        (true, None) => {
            let own = Edit::End { file: "/etc/exim4/exim4.conf.localmacros".into(), lines: vec![line] };
            let make =
                Edit::Run { command: vec!["update-exim4.conf".into()], changes: vec![program.file.clone()] };
            edits(program, vec![own, make])
        }
        (true, Some(setting)) => decide(
            Some(program.program),
            format!(
                "Write {line} in the place of {}, in the part of /etc/exim4 that it comes from; then update-exim4.conf.",
                told(setting)
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn postfix_with(lines: &[(&str, &str, Option<&str>)]) -> Scene {
        let service = ("service", "smtpd", Some("submission/inet"));
        let all: Vec<_> = std::iter::once(service).chain(lines.iter().copied()).collect();
        Scene::server_with(ServerProgramId::Postfix, &all)
    }

    #[test]
    fn postfix_by_its_services() {
        let sasl = ("smtpd_sasl_auth_enable", "yes", None);
        let may = ("smtpd_tls_security_level", "may", None);
        assert_eq!(postfix_with(&[sasl, may]).severities(CHECK.id), [Severity::Medium]);
        assert_eq!(postfix_with(&[sasl]).severities(CHECK.id), [Severity::High]);
        for closed in [
            ("smtpd_tls_auth_only", "yes", None),
            ("smtpd_tls_wrappermode", "yes", Some("submission/inet")),
            ("smtpd_tls_security_level", "encrypt", Some("submission/inet")),
            ("smtpd_sasl_security_options", "noanonymous, noplaintext", None),
        ] {
            assert!(postfix_with(&[closed, sasl, may]).find(CHECK.id).is_empty(), "{closed:?}");
        }
        assert!(postfix_with(&[may]).find(CHECK.id).is_empty(), "nobody logs in");
    }

    #[test]
    fn the_change_is_made_where_the_setting_is() {
        let sasl = ("smtpd_sasl_auth_enable", "yes", None);
        let command = |scene: Scene| match &scene.find(CHECK.id)[0].fix.edits.edits[0] {
            Edit::Run { command, .. } => command.join(" "),
            other => panic!("{other:?}"),
        };
        assert_eq!(command(postfix_with(&[sasl])), "postconf -e smtpd_tls_auth_only = yes");
        let own = ("smtpd_tls_auth_only", "no", Some("submission/inet"));
        assert_eq!(
            command(postfix_with(&[sasl, own])),
            "postconf -P submission/inet/smtpd_tls_auth_only=yes"
        );
    }

    #[test]
    fn dovecot_old_and_new() {
        let of = |lines: &[(&str, &str, Option<&str>)]| {
            Scene::server_with(ServerProgramId::Dovecot, lines).severities(CHECK.id)
        };
        assert_eq!(of(&[("disable_plaintext_auth", "no", None), ("ssl", "yes", None)]), [Severity::Medium]);
        assert_eq!(of(&[("auth_allow_cleartext", "yes", None), ("ssl", "no", None)]), [Severity::High]);
        assert!(of(&[("disable_plaintext_auth", "no", None), ("ssl", "required", None)]).is_empty());
        assert!(of(&[("disable_plaintext_auth", "yes", None), ("ssl", "no", None)]).is_empty());
        assert!(of(&[("disable_plaintext_auth", "no", Some("remote 127.0.0.1"))]).is_empty());
        let off = ("port", "0", Some("service imap-login/inet_listener imap"));
        assert!(
            of(&[("disable_plaintext_auth", "no", None), ("protocols", "imap lmtp", None), off]).is_empty()
        );
    }

    #[test]
    fn exim_by_its_authenticators() {
        let scope = Some("authenticator plain_server");
        let plain = [
            ("driver", "plaintext", scope),
            ("public_name", "PLAIN", scope),
            ("server_condition", "set", scope),
        ];
        let of = |more: &[(&str, &str, Option<&str>)]| {
            let all: Vec<_> = plain.iter().chain(more).copied().collect();
            Scene::server_with(ServerProgramId::Exim, &all).severities(CHECK.id)
        };
        assert_eq!(of(&[]), [Severity::Medium]);
        assert_eq!(of(&[("tls_advertise_hosts", "", None)]), [Severity::High]);
        assert!(of(&[("server_advertise_condition", EXIM_TLS, scope)]).is_empty());
        assert!(of(&[("auth_advertise_hosts", EXIM_TLS, None)]).is_empty());
        let client = [("driver", "plaintext", scope), ("public_name", "PLAIN", scope)];
        assert!(Scene::server_with(ServerProgramId::Exim, &client).find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
