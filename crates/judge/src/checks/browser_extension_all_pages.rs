//! An extension may read and change every page.

use midwatch_model::{AttackId::*, BrowserSettingKind as Kind, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "browser-extension-all-pages",
    title: "An extension may read and change every page",
    severity: Severity::Info,
    says: "{place} may read and change every page",
    about: "An extension with access to all sites sees every page after TLS has done its work: what is typed, what is shown, \
            and the session behind it. Extensions change hands and are updated by themselves.",
    gain: "Whoever controls the extension, now or after its next update, is in the middle of every page.",
    from: &[Station::You],
    attacks: &[ManInTheBrowser, SessionHijacking],
    decided: "Extensions that are switched on, with a pattern for every site among their permissions or scripts (<all_urls>, \
              *://*/* and the like). Low where another program or a policy installed it, where it was loaded by hand, or \
              where it has no valid signature. What it does is not looked at, and permissions that are given later are \
              not seen in Firefox.",
    benign: &["Blockers, password managers and the like need that access for what they do."],
    fix: "Remove what is not used. Where the browser allows it, let an extension act on click or on some sites alone.",
    settings: &[],
    source: "https://developer.chrome.com/docs/extensions/develop/concepts/match-patterns; MITRE ATT&CK T1176",
    find: |view, found| {
        let local = &view.here.local;
        for (seen, setting) in local.browser_settings(Kind::ExtensionAllPages) {
            let how = setting.value.as_str();
            if how == "part of the browser" {
                continue;
            }
            let is_usual = how == "installed by the user" || how == "installed in a way that is not told";
            let severity = if is_usual { Severity::Info } else { Severity::Low };
            let detail = format!("expected access to some sites alone, observed access to all; it was {how}");
            found
                .at(format!("{} in {}", setting.name, seen.fact.browser))
                .severity(severity)
                .see(seen.id, detail);
        }
        for (seen, setting) in local.browser_settings(Kind::PolicyInstalls) {
            found
                .at(format!("{} in {}", setting.name, setting.file))
                .severity(Severity::Low)
                .title("A policy installs extensions")
                .see(seen.id, format!("expected none, observed {}", setting.value));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(how: &str) -> Vec<Severity> {
        Scene::here_local().browser_setting(Kind::ExtensionAllPages, "Helper (x)", how).severities(CHECK.id)
    }

    #[test]
    fn extensions_are_weighed_by_how_they_came() {
        assert_eq!(with("installed by the user"), [Severity::Info]);
        assert_eq!(with("installed by another program"), [Severity::Low]);
        assert_eq!(with("not signed by Mozilla"), [Severity::Low]);
        assert!(with("part of the browser").is_empty());
        let policy = Scene::empty().browser_setting(Kind::PolicyInstalls, "ExtensionInstallForcelist", "x");
        assert_eq!(policy.severities(CHECK.id), [Severity::Low]);
    }

    #[test]
    fn none_is_none() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
