//! Sessions of a panel of the server last long, or go anywhere.

use midwatch_model::{AttackId::*, Edit, ServerProgram, ServerProgramId, ServerSetting, Severity, Station};

use super::server_panel_plain::tweak;
use super::server_support::{edits, is_yes, last, program, told};
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
    decided: "Webmin: no session=1 in miniserv.conf, so that the browser sends the password along with every request and nobody is \
              logged out; no logouttime, or more than 60 minutes, by itself or for some in logouttimes. HestiaCP: INACTIVE_SESSION_TIMEOUT of more than 60 minutes (with 0 or \
              none nobody stays logged in); POLICY_CSRF_STRICTNESS 0 or not set, so that requests from other sites count; DISABLE_IP_CHECK yes. cPanel: \
              cookieipvalidation is not strict.",
    benign: &["People whose address changes while they work cannot use a session that is bound to one."],
    fix: "Webmin: session=1 and logouttime=60. HestiaCP: v-change-sys-config-value INACTIVE_SESSION_TIMEOUT 60, POLICY_CSRF_STRICTNESS 1 and \
          DISABLE_IP_CHECK no. cPanel: whmapi1 set_tweaksetting key=cookieipvalidation value=strict.",
    settings: &[],
    source: "NIST SP 800-63B-4 section 2.2.3 (one hour without activity, AAL2); Webmin's miniserv-lib.pl; HestiaCP's web/inc/main.php and \
             prevent_csrf.php; cPanel's documentation, The cpanel.config File",
    find: |view, found| {
        if let Some((seen, webmin)) = program(view, ServerProgramId::Webmin) {
            for (setting, edit) in webmin_findings(webmin) {
                let place = match setting.name.as_str() {
                    "logouttime" => "Webmin".to_owned(),
                    name => format!("Webmin, {name}"),
                };
                found
                    .at(place)
                    .edits(edits(webmin, vec![edit]))
                    .see(seen.id, format!("observed {}", told(setting)));
            }
        }
        if let Some((seen, hestia)) = program(view, ServerProgramId::Hestia) {
            let names = [
                ("INACTIVE_SESSION_TIMEOUT", "60", lasts as fn(&str) -> bool),
                ("POLICY_CSRF_STRICTNESS", "1", |value| {
                    value.parse::<u32>().map_or(value.is_empty(), |level| level == 0)
                }),
                ("DISABLE_IP_CHECK", "no", |value| value == "yes"),
            ];
            for (name, value, is_open) in names {
                let Some(setting) = hestia.general(name).filter(|setting| is_open(&setting.value)) else {
                    continue;
                };
                let words =
                    ["/usr/local/hestia/bin/v-change-sys-config-value", name, value].map(str::to_owned);
                let run = Edit::Run { command: words.to_vec(), changes: vec![hestia.file.clone()] };
                found
                    .at(format!("HestiaCP, {name}"))
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

/// What of Webmin's settings keeps sessions open, and the line that ends it. Without sessions of its own no time counts.
fn webmin_findings(webmin: &ServerProgram) -> Vec<(&ServerSetting, Edit)> {
    if let Some(session) = webmin.general("session").filter(|setting| !is_yes(&setting.value)) {
        return vec![(session, last(webmin, session, "session=1"))];
    }
    let mut found = Vec::new();
    if let Some(idle) = webmin.general("logouttime").filter(|setting| is_long(&setting.value)) {
        found.push((idle, last(webmin, idle, "logouttime=60")));
    }
    // `name=minutes`, with white space between those of several.
    let some = webmin.general("logouttimes").filter(|setting| {
        let mut pairs = setting.value.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.any(|(_, minutes)| is_long(minutes))
    });
    if let Some(some) = some {
        let what = format!(
            "Give nobody more than {MOST_IDLE} minutes, and none 0, in logouttimes of {}.",
            webmin.file
        );
        found.push((some, Edit::Decide { what }));
    }
    found
}

/// No number stands for no end.
fn is_long(minutes: &str) -> bool {
    minutes.parse::<u32>().map_or(true, |minutes| minutes == 0 || minutes > MOST_IDLE)
}

/// HestiaCP logs everybody out at once where there is no time, and answers nothing where it is no number.
fn lasts(minutes: &str) -> bool {
    minutes.parse::<u32>().is_ok_and(|minutes| minutes > MOST_IDLE)
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
        assert_eq!(of(ServerProgramId::Webmin, "session", ""), [Severity::Low]);
        assert_eq!(of(ServerProgramId::Webmin, "session", "0"), [Severity::Low]);
        assert!(of(ServerProgramId::Webmin, "session", "1").is_empty());
        for (value, is) in
            [("ann=60 @staff=5", false), ("ann=0", true), ("@staff=5 ann=600", true), ("", false)]
        {
            assert_eq!(!of(ServerProgramId::Webmin, "logouttimes", value).is_empty(), is, "{value}");
        }
        for (name, value, is) in [
            ("INACTIVE_SESSION_TIMEOUT", "600", true),
            ("INACTIVE_SESSION_TIMEOUT", "60", false),
            // The panel takes both for a session that has ended.
            ("INACTIVE_SESSION_TIMEOUT", "0", false),
            ("INACTIVE_SESSION_TIMEOUT", "", false),
            ("POLICY_CSRF_STRICTNESS", "0", true),
            ("POLICY_CSRF_STRICTNESS", "", true),
            ("POLICY_CSRF_STRICTNESS", "1", false),
            ("DISABLE_IP_CHECK", "yes", true),
            ("DISABLE_IP_CHECK", "no", false),
            ("DISABLE_IP_CHECK", "", false),
        ] {
            assert_eq!(!of(ServerProgramId::Hestia, name, value).is_empty(), is, "{name} {value}");
        }
        assert_eq!(of(ServerProgramId::Cpanel, "cookieipvalidation", "loose"), [Severity::Low]);
        assert!(of(ServerProgramId::Cpanel, "cookieipvalidation", "strict").is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
