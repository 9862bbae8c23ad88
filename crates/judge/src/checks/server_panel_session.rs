//! Sessions of a panel of the server last long, or go anywhere.

use midwatch_model::{AttackId::*, Edit, ServerProgramId, Severity, Station};

use super::server_panel_plain::tweak;
use super::server_support::{edits, last, program, told};
use crate::Check;

/// Minutes without a request after which a session has to end (NIST SP 800-63B-4, 2.2.3).
const MOST_IDLE: u32 = 60;

pub(crate) static CHECK: Check = Check {
    id: "server-panel-session",
    title: "A session of a panel of this server stays open, or works from anywhere",
    severity: Severity::Low,
    says: "{place} keeps sessions open, or takes them from anywhere",
    about: "The cookie of a panel's session is as good as its password, for as long as the session lasts. A session that ends when nobody \
            uses it, and one that works for the address alone that began it, leave less to steal.",
    gain: "The panel, for whoever has the cookie of a session.",
    from: &[Station::You, Station::Wifi, Station::Network],
    attacks: &[SessionHijacking],
    decided: "Webmin: no logouttime in miniserv.conf, or more than 60 minutes. HestiaCP: INACTIVE_SESSION_TIMEOUT of 0 or more than \
              60 minutes, or POLICY_CSRF_STRICTNESS 0. cPanel: cookieipvalidation is not strict.",
    benign: &["People whose address changes while they work cannot use a session that is bound to one."],
    fix: "Webmin: logouttime=60. HestiaCP: v-change-sys-config-value INACTIVE_SESSION_TIMEOUT 60, and POLICY_CSRF_STRICTNESS 1. cPanel: \
          whmapi1 set_tweaksetting key=cookieipvalidation value=strict.",
    settings: &[],
    source: "NIST SP 800-63B-4 section 2.2.3 (one hour without activity, AAL2); the panels' documentation",
    find: |view, found| {
        if let Some((seen, webmin)) = program(view, ServerProgramId::Webmin)
            && let Some(idle) = webmin.general("logouttime").filter(|setting| is_long(&setting.value))
        {
            let change = edits(webmin, vec![last(webmin, idle, "logouttime=60")]);
            found.at("Webmin").edits(change).see(seen.id, format!("observed {}", told(idle)));
        }
        if let Some((seen, hestia)) = program(view, ServerProgramId::Hestia) {
            let idle = hestia.general("INACTIVE_SESSION_TIMEOUT").filter(|setting| is_long(&setting.value));
            let forged = hestia.general("POLICY_CSRF_STRICTNESS").filter(|setting| setting.value == "0");
            for (setting, value) in
                idle.map(|one| (one, "60")).into_iter().chain(forged.map(|one| (one, "1")))
            {
                let words = ["/usr/local/hestia/bin/v-change-sys-config-value", &setting.name, value]
                    .map(str::to_owned);
                let run = Edit::Run { command: words.to_vec(), changes: vec![hestia.file.clone()] };
                found
                    .at(format!("HestiaCP, {}", setting.name))
                    .edits(edits(hestia, vec![run]))
                    .see(seen.id, format!("observed {}", told(setting)));
            }
        }
        if let Some((seen, cpanel)) = program(view, ServerProgramId::Cpanel)
            && let Some(bound) =
                cpanel.general("cookieipvalidation").filter(|setting| setting.value != "strict")
        {
            let change = edits(cpanel, vec![tweak("cookieipvalidation", "strict")]);
            found.at("cPanel").edits(change).see(seen.id, format!("observed {}", told(bound)));
        }
    },
};

/// No number stands for no end.
fn is_long(minutes: &str) -> bool {
    minutes.parse::<u32>().map_or(true, |minutes| minutes == 0 || minutes > MOST_IDLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn each_panel_by_its_setting() {
        let of =
            |id, name: &str, value: &str| Scene::server_with(id, &[(name, value, None)]).severities(CHECK.id);
        for (value, is) in [("", true), ("0", true), ("61", true), ("60", false), ("5", false)] {
            assert_eq!(!of(ServerProgramId::Webmin, "logouttime", value).is_empty(), is, "{value}");
        }
        assert_eq!(of(ServerProgramId::Hestia, "INACTIVE_SESSION_TIMEOUT", "600"), [Severity::Low]);
        assert_eq!(of(ServerProgramId::Hestia, "POLICY_CSRF_STRICTNESS", "0"), [Severity::Low]);
        assert_eq!(of(ServerProgramId::Cpanel, "cookieipvalidation", "loose"), [Severity::Low]);
        assert!(of(ServerProgramId::Cpanel, "cookieipvalidation", "strict").is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
