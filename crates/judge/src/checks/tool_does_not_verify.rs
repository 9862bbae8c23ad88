//! A tool is told not to verify who answers it.

use midwatch_model::{AttackId::*, LocalSetting, LocalSettingKind as Kind, Severity, Station};

use super::support::setting_place;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "tool-does-not-verify",
    title: "A tool is told not to verify who answers it",
    severity: Severity::High,
    says: "{place} tells a tool not to verify who answers",
    about: "A setting that was made once to get around an error stays, and holds for every server from then on. What such \
            a tool fetches is often run.",
    gain: "Somebody on the path answers in the server's stead, and neither the tool nor its user notices.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    attacks: &[Impersonation, HttpInjection, StrippingAndDowngrade],
    decided: "Settings in the environment and in the files of curl, wget, git, ssh, npm, pip, apt, Docker, Go, Node.js and \
              others that switch verification off, as their manuals have it. Medium where it holds for some hosts alone, \
              and where packages come over plain http without a signature of their own; low where those hosts are this \
              computer, and where a weaker rule is allowed. StrictHostKeyChecking accept-new is \
              none of these: it refuses a key that changed. Files that one includes are not read.",
    benign: &["Machines of a lab that are made anew each day, and servers under test."],
    fix: "Take the setting out. Where a server has a certificate of a private authority, name that authority to the tool \
          (--cacert, http.sslCAInfo, NODE_EXTRA_CA_CERTS, cafile), and for ssh add the host's key to known_hosts.",
    settings: &[],
    source: "curl(1) --insecure; git-config(1) http.sslVerify; ssh_config(5) StrictHostKeyChecking; apt-secure(8)",
    find: |view, found| {
        for (id, setting) in
            view.here.local.settings_of(&[Kind::NotVerified, Kind::Weakened, Kind::PlainSource])
        {
            let what = match setting.kind {
                Kind::Weakened => "is allowed a weaker rule",
                Kind::PlainSource => "fetches packages over plain http",
                _ => "is told not to verify who answers it",
            };
            let scope = setting.scope.as_deref().map(|scope| format!(" for {scope}")).unwrap_or_default();
            found
                .at(setting_place(setting))
                .severity(severity(setting))
                .title(format!("{} {what}", setting.program))
                .see(
                    id,
                    format!("expected verification, observed {}={}{scope}", setting.name, setting.value),
                );
        }
    },
};

fn severity(setting: &LocalSetting) -> Severity {
    match (setting.kind, setting.scope.as_deref()) {
        (Kind::Weakened, _) => Severity::Low,
        (Kind::PlainSource, _) => Severity::Medium,
        (_, None) => Severity::High,
        (_, Some(scope)) if is_near(scope) => Severity::Low,
        (_, Some(_)) => Severity::Medium,
    }
}

/// True where every host of a scope is this computer, or a file of it.
fn is_near(scope: &str) -> bool {
    let near = |word: &str| {
        let word = word.trim_start_matches("http://");
        ["localhost", "127.", "[::1]", "::1", "file:"].iter().any(|start| word.starts_with(start))
    };
    !scope.trim().is_empty() && scope.split_whitespace().all(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(kind: Kind, program: &str, text: &str, scope: Option<&str>) -> Vec<Severity> {
        Scene::empty().settings(&[(kind, program, text, scope)]).severities(CHECK.id)
    }

    #[test]
    fn what_holds_for_everybody_is_worst() {
        assert_eq!(with(Kind::NotVerified, "curl", "insecure", None), [Severity::High]);
        assert_eq!(
            with(Kind::NotVerified, "ssh", "StrictHostKeyChecking=no", Some("*.lab")),
            [Severity::Medium]
        );
        assert_eq!(
            with(Kind::NotVerified, "docker", "x=localhost:5000", Some("localhost:5000")),
            [Severity::Low]
        );
        assert_eq!(with(Kind::NotVerified, "apt", "trusted=yes", Some("file:/srv/deb")), [Severity::Low]);
        assert_eq!(
            with(Kind::NotVerified, "apt", "trusted=yes", Some("http://deb.example/")),
            [Severity::Medium]
        );
        assert_eq!(with(Kind::PlainSource, "npm", "registry=http://npm.example", None), [Severity::Medium]);
        assert_eq!(with(Kind::Weakened, "go", "GODEBUG=x509sha1=1", None), [Severity::Low]);
    }

    #[test]
    fn findings_say_which_tool_and_where() {
        let scene = Scene::empty().settings(&[(Kind::NotVerified, "curl", "insecure", None)]);
        let found = scene.find(CHECK.id);
        assert_eq!(found[0].title, "curl is told not to verify who answers it");
        assert_eq!(found[0].place, "~/.config, line 3");
    }

    #[test]
    fn other_settings_are_none() {
        assert!(with(Kind::Proxy, "curl", "proxy=http://p.example", None).is_empty());
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
