//! How people log in at a panel: Webmin's, cPanel's and HestiaCP's own files. All three are lines of `name=value`, of which
//! the last one of a name counts.

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

/// Webmin's miniserv.conf, as its own server reads it; cPanel's documentation of cpanel.config; HestiaCP's hestia.conf, as
/// its installer writes it.
const PANELS: [Panel; 3] = [
    Panel {
        id: ServerProgramId::Webmin,
        file: "/etc/webmin/miniserv.conf",
        names: &[
            ("ssl", "0"),
            ("session", "0"),
            ("logouttime", ""),
            ("twofactor_provider", ""),
            ("bind", ""),
        ],
    },
    Panel {
        id: ServerProgramId::Cpanel,
        file: "/var/cpanel/cpanel.config",
        names: &[
            ("requiressl", "1"),
            ("cookieipvalidation", "strict"),
            ("SecurityPolicy::TwoFactorAuth", "0"),
            ("minpwstrength", "65"),
        ],
    },
    Panel {
        id: ServerProgramId::Hestia,
        file: "/usr/local/hestia/conf/hestia.conf",
        names: &[("INACTIVE_SESSION_TIMEOUT", "60"), ("POLICY_CSRF_STRICTNESS", "1")],
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
            if let Some((name, value)) = line.text.split_once('=')
                && panel.names.iter().any(|(known, _)| *known == name)
            {
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
            ("/etc/webmin/miniserv.conf", "port=10000\nssl=1\nsession=1\npass_password=secret\n"),
            ("/var/cpanel/cpanel.config", "cookieipvalidation=loose\nminpwstrength=65\n"),
            ("/usr/local/hestia/conf/hestia.conf", "INACTIVE_SESSION_TIMEOUT='0'\n"),
        ]);
        let found = look(&tree.system, &mut Vec::new());
        let value = |id, name: &str| {
            let program = found.iter().find(|one| one.program == id).unwrap();
            program.general(name).map(|one| one.value.clone()).unwrap()
        };
        assert_eq!(value(ServerProgramId::Webmin, "ssl"), "1");
        assert_eq!(value(ServerProgramId::Webmin, "twofactor_provider"), "");
        assert_eq!(value(ServerProgramId::Cpanel, "cookieipvalidation"), "loose");
        assert_eq!(value(ServerProgramId::Hestia, "INACTIVE_SESSION_TIMEOUT"), "0");
        assert!(!format!("{found:?}").contains("secret"));
        assert!(look(&Tree::new(&[]).system, &mut Vec::new()).is_empty());
    }
}
