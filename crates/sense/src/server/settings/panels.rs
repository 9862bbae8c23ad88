//! How people log in at a panel: Webmin's, cPanel's and HestiaCP's own files. All three are lines of `name=value`, of which
//! the last one of a name counts.
//!
//! Names and what holds without a line, looked up on 2026-11-30:
//!
//! - Webmin (<https://github.com/webmin/webmin>, August 2026): `read_config_file`, `get_logout_time` and the list of login times in
//!   `miniserv-lib.pl`, the list of sockets in `miniserv.pl`; `setup.sh` for what an installation writes. A name that no line has is
//!   empty. Neither a key that is missing nor a Perl without Net::SSLeay is looked at: with either, Webmin speaks plain http in
//!   spite of `ssl=1`.
//! - cPanel: "The cpanel.config File" of its documentation
//!   (<https://docs.cpanel.net/knowledge-base/cpanel-product/the-cpanel-config-file/>, read in the form for version 110). Where a
//!   line is missing, its default counts; that of `SecurityPolicy::TwoFactorAuth` appears once it is switched on.
//! - HestiaCP (<https://github.com/hestiacp/hestiacp>, August 2026): `source_conf` in `func/main.sh`, `web/inc/main.php` and
//!   `web/inc/prevent_csrf.php` for what the panel makes of a value, `func/syshealth.sh` for what its installer and updates write.
//!   A name that no line has is empty.

use midwatch_model::{ServerProgram, ServerProgramId, Unread};

use super::source::{Reader, at, last_of_each, with_defaults};
use crate::System;
use crate::lines::unquote;

/// A panel: its file, and what of it bears on logins, with what holds where no line has it.
struct Panel {
    id: ServerProgramId,
    file: &'static str,
    names: &'static [(&'static str, &'static str)],
}

const WEBMIN: &[(&str, &str)] = &[
    ("ssl", ""),
    ("session", ""),
    ("logouttime", ""),
    ("logouttimes", ""),
    ("twofactor_provider", ""),
    ("bind", ""),
    ("sockets", ""),
];

/// Webmin is looked for where its packages put it, and where FreeBSD's port does.
const PANELS: [Panel; 4] = [
    Panel { id: ServerProgramId::Webmin, file: "/etc/webmin/miniserv.conf", names: WEBMIN },
    Panel { id: ServerProgramId::Webmin, file: "/usr/local/etc/webmin/miniserv.conf", names: WEBMIN },
    Panel {
        id: ServerProgramId::Cpanel,
        file: "/var/cpanel/cpanel.config",
        names: &[
            ("requiressl", "1"),
            ("cookieipvalidation", "strict"),
            ("SecurityPolicy::TwoFactorAuth", "0"),
        ],
    },
    Panel {
        id: ServerProgramId::Hestia,
        file: "/usr/local/hestia/conf/hestia.conf",
        names: &[("INACTIVE_SESSION_TIMEOUT", ""), ("POLICY_CSRF_STRICTNESS", ""), ("DISABLE_IP_CHECK", "")],
    },
];

/// What panels are told about logins.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Vec<ServerProgram> {
    let mut found = Vec::new();
    for panel in PANELS {
        let place = system.at(panel.file);
        let mut reader = Reader::new(system);
        let lines = reader.lines(&place);
        if lines.is_none() && reader.gaps.is_empty() {
            continue;
        }
        let mut settings = Vec::new();
        for line in lines.unwrap_or_default() {
            let Some((name, value)) = line.text.split_once('=') else { continue };
            let name = name.trim_end();
            if panel.names.iter().any(|(known, _)| *known == name) {
                settings.push(at(&line, name, unquote(value), None));
            }
        }
        let settings = with_defaults(last_of_each(settings), panel.names);
        found.push(reader.program(panel.id, panel.file, settings, unread));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn each_by_its_own_names() {
        let tree = Tree::new(&[
            (
                "/etc/webmin/miniserv.conf",
                "port=10000\nssl=0\n#ssl=0\nssl = 1 \nsession=1\nsockets=*:10001\npass_password=secret\n",
            ),
            ("/var/cpanel/cpanel.config", "cookieipvalidation=loose\nminpwstrength=65\n"),
            ("/usr/local/hestia/conf/hestia.conf", "INACTIVE_SESSION_TIMEOUT='90'\nDISABLE_IP_CHECK='yes'\n"),
        ]);
        let found = look(&tree.system, &mut Vec::new());
        let value = |id, name: &str| {
            let program = found.iter().find(|one| one.program == id).unwrap();
            program.general(name).map(|one| one.value.clone()).unwrap()
        };
        assert_eq!(value(ServerProgramId::Webmin, "ssl"), "1");
        assert_eq!(value(ServerProgramId::Webmin, "twofactor_provider"), "");
        assert_eq!(value(ServerProgramId::Webmin, "sockets"), "*:10001");
        assert_eq!(value(ServerProgramId::Cpanel, "cookieipvalidation"), "loose");
        assert_eq!(value(ServerProgramId::Cpanel, "requiressl"), "1");
        assert_eq!(value(ServerProgramId::Hestia, "INACTIVE_SESSION_TIMEOUT"), "90");
        assert_eq!(value(ServerProgramId::Hestia, "DISABLE_IP_CHECK"), "yes");
        // Without a line the panel compares nothing.
        assert_eq!(value(ServerProgramId::Hestia, "POLICY_CSRF_STRICTNESS"), "");
        assert!(!format!("{found:?}").contains("secret"));
        assert!(look(&Tree::new(&[]).system, &mut Vec::new()).is_empty());
    }
}
