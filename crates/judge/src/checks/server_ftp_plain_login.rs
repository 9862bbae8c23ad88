//! An FTP program of the server takes passwords without TLS.

use midwatch_model::{
    AttackId::*, Edit, Edits, ServerProgram, ServerProgramId, ServerSetting, Severity, Station,
};

use super::server_support::{decide, edits, idle, is_yes, last, program, told};
use crate::{Check, View};

pub(crate) static CHECK: Check = Check {
    id: "server-ftp-plain-login",
    title: "An FTP program of this server takes passwords without TLS",
    severity: Severity::Medium,
    says: "{place} takes passwords without TLS",
    about: "FTP sends name and password as they are, unless the client asks for TLS first and the server has it. Whoever has them writes \
            the files of the site.",
    gain: "The account that the site's files belong to: to read them, and to put scripts of one's own into every page.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[Eavesdropping, StrippingAndDowngrade],
    decided: "vsftpd: local_enable without ssl_enable, or with force_local_logins_ssl=NO. ProFTPD: TLSEngine off, or \
              TLSRequired that does not hold the control connection in TLS; that of a VirtualHost counts for it, and \
              what stands outside is taken to hold for all. Pure-FTPd: TLS below 2. High where no TLS is offered at all. Low \
              where every socket's program was seen, and nothing of this one listens.",
    benign: &[
        "An FTP server that a firewall or a VPN keeps from everybody else.",
        "A program that is started with other options than those of its file.",
    ],
    fix: "vsftpd: ssl_enable=YES and force_local_logins_ssl=YES. ProFTPD: mod_tls with TLSEngine on and TLSRequired on. \
          Pure-FTPd: TLS 2. Each with a certificate that names the server. Better still, SFTP in the stead of FTP.",
    settings: &[],
    source: "RFC 4217 sections 4 and 15; vsftpd.conf(5); ProFTPD's mod_tls; pure-ftpd(8): --tls",
    find: |view, found| {
        let looks: [(ServerProgramId, Look); 3] = [
            (ServerProgramId::Vsftpd, vsftpd),
            (ServerProgramId::Proftpd, proftpd),
            (ServerProgramId::PureFtpd, pure_ftpd),
        ];
        for (id, look) in looks {
            let Some((seen, program)) = program(view, id) else { continue };
            for open in look(view, program) {
                let name = program.program.name();
                let place = open.scope.map_or_else(|| name.to_owned(), |scope| format!("{name}, {scope}"));
                let (severity, title) = match open.offers_tls {
                    true => (Severity::Medium, format!("{name} takes passwords without TLS")),
                    false => (Severity::High, format!("{name} takes passwords, and has no TLS for them")),
                };
                let idle = idle(view, id);
                let severity = if idle.is_some() { Severity::Low } else { severity };
                let mut draft = found.at(place).severity(severity).title(title).edits(open.change);
                if let Some(seen) = idle {
                    draft = draft.see(seen, format!("nothing of {name} listens now"));
                }
                for setting in open.because {
                    draft = draft.see(seen.id, format!("observed {}", told(setting)));
                }
            }
        }
    },
};

type Look = for<'a> fn(&View<'_>, &'a ServerProgram) -> Vec<Open<'a>>;

struct Open<'a> {
    scope: Option<&'a str>,
    offers_tls: bool,
    because: Vec<&'a ServerSetting>,
    change: Edits,
}

fn vsftpd<'a>(view: &View<'_>, program: &'a ServerProgram) -> Vec<Open<'a>> {
    let of = |name: &str| program.general(name);
    let yes = |name: &str| of(name).is_some_and(|setting| is_yes(&setting.value));
    if !yes("local_enable") || yes("ssl_enable") && yes("force_local_logins_ssl") {
        return Vec::new();
    }
    let offers_tls = yes("ssl_enable");
    let because: Vec<&ServerSetting> =
        ["local_enable", "ssl_enable", "force_local_logins_ssl"].iter().filter_map(|name| of(name)).collect();
    // Without a key it would not take anybody any more.
    if !offers_tls && !names_a_key(view, program) {
        let what = "Give rsa_cert_file and rsa_private_key_file a certificate that names this server, which is not there yet, and then \
                    write ssl_enable=YES, force_local_logins_ssl=YES and force_local_data_ssl=YES.";
        return vec![Open { scope: None, offers_tls, because, change: decide(Some(program.program), what) }];
    }
    let wanted = ["ssl_enable", "force_local_logins_ssl", "force_local_data_ssl"];
    let wrong = wanted.iter().filter_map(|name| of(name)).filter(|setting| !is_yes(&setting.value));
    let mut change: Vec<Edit> =
        wrong.map(|setting| last(program, setting, &format!("{}=YES", setting.name))).collect();
    if !offers_tls {
        let what = "A certificate that packages make (snakeoil) names nobody: give rsa_cert_file and rsa_private_key_file one that names \
                    this server, so that clients can tell it from another.";
        change.push(Edit::Decide { what: what.into() });
    }
    vec![Open { scope: None, offers_tls, because, change: edits(program, change) }]
}

/// A private key that this program's file names was found.
fn names_a_key(view: &View<'_>, program: &ServerProgram) -> bool {
    let keys = view.inside.settings.and_then(|seen| seen.fact.keys.value());
    keys.is_some_and(|keys| keys.iter().any(|key| key.named_by.contains(&program.file)))
}

fn proftpd<'a>(_: &View<'_>, program: &'a ServerProgram) -> Vec<Open<'a>> {
    let mut scopes: Vec<Option<&str>> = vec![None];
    let own = ["TLSEngine", "TLSRequired"].into_iter().flat_map(|name| program.named(name));
    scopes.extend(own.map(|setting| setting.scope.as_deref()).filter(Option::is_some));
    scopes.sort_unstable();
    scopes.dedup();
    let mut open = Vec::new();
    for scope in scopes {
        let (engine, required) = (program.within(scope, "TLSEngine"), program.within(scope, "TLSRequired"));
        let offers_tls = engine.is_some_and(|setting| is_yes(&setting.value));
        if offers_tls && required.is_some_and(|setting| protects_logins(&setting.value)) {
            continue;
        }
        let change = match required.filter(|_| offers_tls) {
            Some(setting) => edits(program, vec![last(program, setting, "TLSRequired on")]),
            None => decide(
                Some(program.program),
                "Load mod_tls (Debian: apt install proftpd-mod-crypto, and LoadModule mod_tls.c in /etc/proftpd/modules.conf), \
                 give TLSRSACertificateFile and TLSRSACertificateKeyFile a certificate that names this server, and write \
                 TLSEngine on and TLSRequired on.",
            ),
        };
        let because = [engine, required].into_iter().flatten().collect();
        open.push(Open { scope, offers_tls, because, change });
    }
    open
}

/// mod_tls: `on` for everything, `ctrl` for the control connection, `auth` for what is said until somebody is logged in.
fn protects_logins(required: &str) -> bool {
    let lower = required.to_ascii_lowercase();
    is_yes(&lower) || ["ctrl", "auth"].iter().any(|start| lower.starts_with(start))
}

fn pure_ftpd<'a>(view: &View<'_>, program: &'a ServerProgram) -> Vec<Open<'a>> {
    let Some(setting) = program.general("TLS") else { return Vec::new() };
    // With anything but a number it does not start.
    let offers_tls = match setting.value.parse::<u32>() {
        Ok(0) => false,
        Ok(1) => true,
        _ => return Vec::new(),
    };
    let keys = view.inside.settings.and_then(|seen| seen.fact.keys.value());
    let has_key = keys.is_some_and(|keys| keys.iter().any(|key| key.path.path.ends_with("/pure-ftpd.pem")));
    let is_own_file = program.file.ends_with("/TLS");
    let line = if is_own_file { "2" } else { "TLS 2" };
    let change = match has_key || offers_tls {
        true => edits(program, vec![last(program, setting, line)]),
        false => decide(
            Some(program.program),
            format!(
                "Put a key and a certificate that names this server into /etc/ssl/private/pure-ftpd.pem, and write {line} into {}.",
                program.file
            ),
        ),
    };
    vec![Open { scope: None, offers_tls, because: vec![setting], change }]
}

#[cfg(test)]
mod tests {
    use midwatch_model::{ListeningProgram, Outcome, ReasonKind, ServerKey};

    use super::*;
    use crate::testing::*;

    fn of(program: ServerProgramId, lines: &[(&str, &str, Option<&str>)]) -> Vec<Severity> {
        Scene::server_with(program, lines).severities(CHECK.id)
    }

    #[test]
    fn vsftpd_by_its_settings() {
        let local = ("local_enable", "YES", None);
        assert_eq!(of(ServerProgramId::Vsftpd, &[local, ("ssl_enable", "NO", None)]), [Severity::High]);
        let on = ("ssl_enable", "YES", None);
        let not_forced = ("force_local_logins_ssl", "NO", None);
        assert_eq!(of(ServerProgramId::Vsftpd, &[local, on, not_forced]), [Severity::Medium]);
        assert!(
            of(ServerProgramId::Vsftpd, &[local, on, ("force_local_logins_ssl", "YES", None)]).is_empty()
        );
        assert!(
            of(ServerProgramId::Vsftpd, &[("local_enable", "NO", None)]).is_empty(),
            "nobody has a password"
        );
    }

    #[test]
    fn nobody_is_shut_out_for_want_of_a_key() {
        let lines = [("local_enable", "YES", None), ("ssl_enable", "NO", None)];
        let scene = Scene::server_with(ServerProgramId::Vsftpd, &lines);
        assert!(matches!(scene.find(CHECK.id)[0].fix.edits.edits[..], [Edit::Decide { .. }]));
        let scene = scene.server_settings_again(|server| {
            server.keys = Outcome::seen(vec![ServerKey {
                path: server_path("/etc/ssl/private/a.key", 0o640),
                named_by: vec![server.programs[0].file.clone()],
                unprotected: Outcome::seen(true),
            }]);
        });
        assert!(matches!(
            scene.find(CHECK.id)[0].fix.edits.edits[..],
            [Edit::Line { .. }, Edit::Decide { .. }]
        ));
    }

    #[test]
    fn what_does_not_listen_weighs_less() {
        let lines = [("local_enable", "YES", None), ("ssl_enable", "NO", None)];
        let with = |program: Outcome<ListeningProgram>| {
            let service = listening_service("ftp", |one| one.program = program);
            Scene::server_with(ServerProgramId::Vsftpd, &lines).listening(vec![service]).severities(CHECK.id)
        };
        let named = |name: &str| Outcome::seen(ListeningProgram { name: name.into(), path: None });
        assert_eq!(with(named("sshd")), [Severity::Low]);
        for may_be in [named("vsftpd"), named("systemd"), Outcome::unmeasured(ReasonKind::Other, "root")] {
            assert_eq!(with(may_be), [Severity::High]);
        }
    }

    #[test]
    fn proftpd_by_its_sections() {
        let off = ("TLSEngine", "off", None);
        assert_eq!(of(ServerProgramId::Proftpd, &[off, ("TLSRequired", "off", None)]), [Severity::High]);
        let on = ("TLSEngine", "on", None);
        assert_eq!(of(ServerProgramId::Proftpd, &[on, ("TLSRequired", "off", None)]), [Severity::Medium]);
        assert_eq!(of(ServerProgramId::Proftpd, &[on, ("TLSRequired", "data", None)]), [Severity::Medium]);
        for safe in ["on", "ctrl", "auth+data"] {
            assert!(of(ServerProgramId::Proftpd, &[on, ("TLSRequired", safe, None)]).is_empty(), "{safe}");
        }
        let one = ("TLSRequired", "off", Some("VirtualHost 192.0.2.7"));
        assert_eq!(of(ServerProgramId::Proftpd, &[on, ("TLSRequired", "on", None), one]), [Severity::Medium]);
    }

    #[test]
    fn pure_ftpd_by_its_number() {
        assert_eq!(of(ServerProgramId::PureFtpd, &[("TLS", "0", None)]), [Severity::High]);
        assert_eq!(of(ServerProgramId::PureFtpd, &[("TLS", "1", None)]), [Severity::Medium]);
        assert!(of(ServerProgramId::PureFtpd, &[("TLS", "2", None)]).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
