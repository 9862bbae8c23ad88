//! Connections go through a proxy.

use midwatch_model::{AttackId::*, BrowserSettingKind, LocalSettingKind as Kind, Severity, Station};

use super::support::setting_place;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "proxy-set",
    title: "Connections go through a proxy",
    severity: Severity::Info,
    says: "{place} sends connections through a proxy",
    about: "A proxy stands in the middle on purpose. It reads everything that is not encrypted, it learns the host of \
            everything that is, and where this computer trusts its root it can read that as well.",
    gain: "What passes through the proxy, for whoever runs it; and where it is asked over plain http, for everybody on the \
           way to it.",
    from: &[Station::You, Station::Wifi, Station::Network],
    attacks: &[Eavesdropping, HttpInjection, StrippingAndDowngrade],
    decided: "Settings in the environment, in files of tools and desktops, and in browsers' profiles and policies. Low \
              where the proxy, or the script that chooses one, is reached over plain http and is not on this computer. \
              Medium where proxies are searched for on the network (WPAD): whoever answers first is the proxy.",
    benign: &[
        "A company's or a school's proxy, or one on this computer such as that of Tor or of a developer's tool.",
        "A cache for packages, which are signed.",
    ],
    fix: "Find out who runs the proxy. Where nobody wants it, take the setting out; where proxies are searched for on the \
          network, switch that off on networks of others.",
    settings: &[],
    source: "RFC 9110 3.7; draft-ietf-wrec-wpad-01",
    find: |view, found| {
        let local = &view.here.local;
        for (id, setting) in local.settings_of(&[Kind::Proxy, Kind::ProxyScript, Kind::ProxySearch]) {
            let severity = match setting.kind {
                Kind::ProxySearch => Severity::Medium,
                _ => by_value(&setting.value),
            };
            let detail = format!("expected a direct connection, observed {}={}", setting.name, setting.value);
            found
                .at(setting_place(setting))
                .severity(severity)
                .title(title(severity, &setting.program))
                .see(id, detail);
        }
        for (seen, setting) in local.browser_settings(BrowserSettingKind::Proxy) {
            let severity = match setting.value.as_str() {
                "wpad" => Severity::Medium,
                value => by_value(value),
            };
            let detail = format!("expected a direct connection, observed {}={}", setting.name, setting.value);
            found
                .at(&setting.file)
                .severity(severity)
                .title(title(severity, &seen.fact.browser))
                .see(seen.id, detail);
        }
    },
};

fn title(severity: Severity, program: &str) -> String {
    match severity {
        Severity::Medium => format!("{program}: proxies are searched for on the network (WPAD)"),
        _ => format!("{program}: connections go through a proxy"),
    }
}

/// Low for a proxy or script over plain http, other than on this computer. A proxy without a scheme is one of http.
fn by_value(value: &str) -> Severity {
    let lower = value.to_ascii_lowercase();
    let (scheme, rest) = lower.split_once("://").unwrap_or(("http", &lower));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let is_own = ["localhost", "127.", "[::1]", "::1", "/"].iter().any(|own| host.starts_with(own));
    if scheme == "http" && !is_own && !host.is_empty() { Severity::Low } else { Severity::Info }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(kind: Kind, text: &str) -> Vec<Severity> {
        Scene::empty().settings(&[(kind, "curl", text, None)]).severities(CHECK.id)
    }

    #[test]
    fn proxies_are_weighed_by_the_way_to_them() {
        assert_eq!(with(Kind::Proxy, "http_proxy=http://…@p.example:3128"), [Severity::Low]);
        assert_eq!(with(Kind::Proxy, "http_proxy=p.example:3128"), [Severity::Low]);
        assert_eq!(with(Kind::Proxy, "https_proxy=https://p.example"), [Severity::Info]);
        assert_eq!(with(Kind::Proxy, "all_proxy=socks5://127.0.0.1:9050"), [Severity::Info]);
        assert_eq!(with(Kind::Proxy, "http_proxy=http://localhost:8080"), [Severity::Info]);
        assert_eq!(with(Kind::ProxyScript, "auto_proxy=file:///etc/p.pac"), [Severity::Info]);
        assert_eq!(with(Kind::ProxyScript, "auto_proxy=http://wpad.example/p.pac"), [Severity::Low]);
        assert_eq!(with(Kind::ProxySearch, "ProxyType=3"), [Severity::Medium]);
    }

    #[test]
    fn browsers_have_their_own() {
        let scene = Scene::empty().browser_setting(BrowserSettingKind::Proxy, "network.proxy.type", "wpad");
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
        let scene = Scene::empty().browser_setting(BrowserSettingKind::Proxy, "ProxyServer", "p.example:80");
        assert_eq!(scene.severities(CHECK.id), [Severity::Low]);
    }

    #[test]
    fn none_is_none() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
