//! A browser can be steered by whoever reaches a port.

use midwatch_model::{AttackId::*, BrowserSettingKind, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "browser-remote-debugging",
    title: "A browser can be steered by whoever reaches a port",
    severity: Severity::High,
    says: "{place} lets other programs steer it",
    about: "A browser that was started for remote debugging obeys whoever connects to its port, without a password: every \
            page, every cookie and everything that is typed.",
    gain: "Every program and user of this computer, and where the port is open to the network everybody there, has all \
           sessions of that browser.",
    from: &[Station::You],
    attacks: &[ManInTheBrowser, SessionHijacking],
    decided: "A process with --remote-debugging-port or Firefox's --start-debugger-server, or a DevToolsActivePort file \
              whose port something listens at. A pipe in the stead of a port is none: it is for one program alone. \
              Processes of other users are seen where the system shows them.",
    benign: &[
        "A developer's session, or a program that steers a browser of its own with an empty profile for tests.",
    ],
    fix: "End that browser, and start it without the switch. Look at what started it where it was not you.",
    settings: &[],
    source: "https://chromedevtools.github.io/devtools-protocol; MITRE ATT&CK T1185",
    find: |view, found| {
        for (seen, setting) in view.here.local.browser_settings(BrowserSettingKind::RemoteDebugging) {
            let port = match setting.value.as_str() {
                "" => String::new(),
                "0" => ", at a port that it chose".into(),
                port => format!(", at port {port}"),
            };
            let detail = format!("expected no port for debugging, observed one in {}{port}", setting.file);
            found.at(&setting.name).see(seen.id, detail);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_port_is_named() {
        let kind = BrowserSettingKind::RemoteDebugging;
        let scene = Scene::here_local().browser_setting(kind, "chromium --remote-debugging-port", "9222");
        let found = scene.find(CHECK.id);
        assert_eq!(found[0].severity, Severity::High);
        assert!(found[0].evidence[0].detail.ends_with("at port 9222"));
    }

    #[test]
    fn none_is_none() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
