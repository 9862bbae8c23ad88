//! A panel of the server takes its password over plain http.

use midwatch_model::{AttackId::*, Edit, ServerProgram, ServerProgramId, Severity, Station};

use super::server_support::{edits, is_yes, last, program, told};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "server-panel-plain",
    title: "A panel of this server takes its password over plain http",
    severity: Severity::High,
    says: "{place} takes passwords over plain http",
    about: "The password of a panel is the password of the server: who reads it along owns every site, mailbox and database here.",
    gain: "The whole server.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[Eavesdropping, SessionHijacking],
    decided: "Webmin: ssl is not 1 in miniserv.conf, unless it is bound to 127.0.0.1 or ::1 alone. cPanel: requiressl=0 in cpanel.config. \
              Where no line says so, what the panel does by itself counts.",
    benign: &[
        "A panel behind another server that speaks TLS for it, or that a firewall keeps from everybody else.",
    ],
    fix: "Webmin: ssl=1 in /etc/webmin/miniserv.conf, with a key in the keyfile that it names. cPanel: whmapi1 set_tweaksetting \
          key=requiressl value=1.",
    settings: &[],
    source: "Webmin's documentation of miniserv.conf; cPanel's documentation of cpanel.config; RFC 9110 section 4.2.2",
    find: |view, found| {
        if let Some((seen, webmin)) = program(view, ServerProgramId::Webmin)
            && let Some(ssl) = webmin.general("ssl").filter(|setting| !is_yes(&setting.value))
            && !is_local(webmin)
        {
            let change = edits(webmin, vec![last(webmin, ssl, "ssl=1")]);
            found.at("Webmin").edits(change).see(seen.id, format!("observed {}", told(ssl)));
        }
        if let Some((seen, cpanel)) = program(view, ServerProgramId::Cpanel)
            && let Some(required) = cpanel.general("requiressl").filter(|setting| !is_yes(&setting.value))
        {
            let change = edits(cpanel, vec![tweak("requiressl", "1")]);
            found.at("cPanel").edits(change).see(seen.id, format!("observed {}", told(required)));
        }
    },
};

fn is_local(webmin: &ServerProgram) -> bool {
    webmin
        .general("bind")
        .is_some_and(|bind| matches!(bind.value.as_str(), "127.0.0.1" | "::1" | "localhost"))
}

/// cPanel's own way to change a setting of cpanel.config.
pub(super) fn tweak(key: &str, value: &str) -> Edit {
    let words =
        ["whmapi1".to_owned(), "set_tweaksetting".into(), format!("key={key}"), format!("value={value}")];
    Edit::Run { command: words.to_vec(), changes: vec!["/var/cpanel/cpanel.config".into()] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn each_panel_by_its_setting() {
        let webmin = |lines: &[(&str, &str, Option<&str>)]| {
            Scene::server_with(ServerProgramId::Webmin, lines).severities(CHECK.id)
        };
        assert_eq!(webmin(&[("ssl", "0", None)]), [Severity::High]);
        assert!(webmin(&[("ssl", "1", None)]).is_empty());
        assert!(webmin(&[("ssl", "0", None), ("bind", "127.0.0.1", None)]).is_empty());
        let cpanel = |value| {
            Scene::server_with(ServerProgramId::Cpanel, &[("requiressl", value, None)]).severities(CHECK.id)
        };
        assert_eq!(cpanel("0"), [Severity::High]);
        assert!(cpanel("1").is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
