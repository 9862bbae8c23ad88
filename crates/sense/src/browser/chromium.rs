//! Chromium, Chrome, Edge, Brave and Vivaldi: preferences, extensions and policies.

use midwatch_model::{BrowserSettingKind::*, LocalBrowser, Outcome, Reason, ReasonKind, Unread};
use serde_json::Value;

use super::{Gather, all_pages, line_of};
use crate::System;
use crate::system::Place;

/// Browsers and their directories of user data in the home.
const BROWSERS: [(&str, &str); 10] = [
    ("Chromium", ".config/chromium"),
    ("Chromium (snap)", "snap/chromium/common/chromium"),
    ("Chromium (flatpak)", ".var/app/org.chromium.Chromium/config/chromium"),
    ("Chrome", ".config/google-chrome"),
    ("Chrome (flatpak)", ".var/app/com.google.Chrome/config/google-chrome"),
    ("Chrome Beta", ".config/google-chrome-beta"),
    ("Edge", ".config/microsoft-edge"),
    ("Brave", ".config/BraveSoftware/Brave-Browser"),
    ("Vivaldi", ".config/vivaldi"),
    ("Opera", ".config/opera"),
];

/// Browsers and their directories of policies.
const POLICIES: [(&str, &str); 4] = [
    ("Chromium", "/etc/chromium/policies"),
    ("Chrome", "/etc/opt/chrome/policies"),
    ("Edge", "/etc/opt/edge/policies"),
    ("Brave", "/etc/brave/policies"),
];

/// Policies that take a protection away where they are true (<https://chromeenterprise.google/policies>).
const WEAKEN_IF_TRUE: [&str; 1] = ["ExtensionAllowInsecureUpdates"];

/// Policies that take a protection away where they are false.
const WEAKEN_IF_FALSE: [&str; 6] = [
    "EncryptedClientHelloEnabled",
    "PostQuantumKeyAgreementEnabled",
    "RSAKeyUsageForLocalAnchorsEnabled",
    "ChromeRootStoreEnabled",
    "SitePerProcess",
    "BrowserLegacyExtensionPointsBlockingEnabled",
];

/// Policies that take a protection away for what they list.
const WEAKEN_FOR: [&str; 7] = [
    "CertificateTransparencyEnforcementDisabledForCas",
    "CertificateTransparencyEnforcementDisabledForLegacyCas",
    "CertificateTransparencyEnforcementDisabledForUrls",
    "HSTSPolicyBypassList",
    "HttpAllowlist",
    "InsecureContentAllowedForUrls",
    "OverrideSecurityRestrictionsOnInsecureOrigin",
];

/// Policies that bring trust anchors.
const ANCHORS: [&str; 3] = ["CACertificates", "CACertificatesWithConstraints", "CAHintCertificates"];

/// Profiles of one browser that are looked at.
const MAX_PROFILES: usize = 50;

pub(super) fn look(system: &System) -> Vec<LocalBrowser> {
    let mut found = Vec::new();
    for (name, path) in BROWSERS {
        let Some(base) = system.home(path) else { continue };
        let mut unread = Vec::new();
        let places = system.list_or(&base, &mut unread);
        let profiles = places.into_iter().filter(|place| system.exists(&place.join("Preferences")));
        found.extend(profiles.take(MAX_PROFILES).map(|profile| of_profile(system, name, &profile)));
        if !unread.is_empty() {
            let mut gather = Gather::new(system, name, &base.shown);
            gather.browser.unread = unread;
            found.push(gather.browser);
        }
    }
    for (name, path) in POLICIES {
        let mut gather = Gather::new(system, name, path);
        for level in ["managed", "recommended"] {
            let directory = system.at(path).join(level);
            for place in system.list_or(&directory, &mut gather.browser.unread) {
                if place.ends_with(".json") {
                    policies(&mut gather, &place);
                }
            }
        }
        if gather.is_of_note() {
            found.push(gather.browser);
        }
    }
    found
}

fn of_profile(system: &System, name: &str, profile: &Place) -> LocalBrowser {
    let mut gather = Gather::new(system, name, &profile.shown);
    let place = profile.join("Preferences");
    let preferences = gather.json(&place);
    let settings = gather.json(&profile.join("Secure Preferences"));
    gather.browser.https_only = match &preferences {
        // What the browser does where nobody chose has changed from version to version.
        Some(json) => match json.get("https_only_mode_enabled").and_then(Value::as_bool) {
            Some(is_on) => Outcome::seen(is_on),
            None => Outcome::unmeasured(
                ReasonKind::Other,
                format!("{} leaves it to the browser's version", place.shown),
            ),
        },
        None => Outcome::unmeasured(ReasonKind::Other, format!("{} could not be read", place.shown)),
    };
    if let Some(proxy) = preferences.as_ref().and_then(|json| json.get("proxy")) {
        let text = |name: &str| proxy.get(name).map(line_of).unwrap_or_default();
        match text("mode").as_str() {
            "fixed_servers" => gather.add(Proxy, "proxy.server", &text("server"), &place.shown),
            "pac_script" => gather.add(Proxy, "proxy.pac_url", &text("pac_url"), &place.shown),
            "auto_detect" => gather.add(Proxy, "proxy.mode", "wpad", &place.shown),
            _ => {}
        }
    }
    // Anchors that the user added in newer versions are in a database of their own form.
    let added = profile.join("ServerCertificate");
    if system.exists(&added) {
        let detail =
            format!("{} is not read: chrome://certificate-manager lists what was added", added.shown);
        let why = Reason::new(ReasonKind::Other, detail);
        gather.browser.unread.push(Unread { file: added.shown.clone(), why });
    }
    let known = [preferences.as_ref(), settings.as_ref()];
    let directory = profile.join("Extensions");
    for extension in system.list_or(&directory, &mut gather.browser.unread) {
        let id = extension.name();
        let setting = known
            .iter()
            .filter_map(|json| json.and_then(|json| json.pointer(&format!("/extensions/settings/{id}"))))
            .next();
        // 0 is switched off; newer versions list reasons.
        let is_off = setting.is_some_and(|setting| {
            setting.get("state").and_then(Value::as_i64) == Some(0)
                || setting.get("disable_reasons").is_some_and(|reasons| {
                    reasons.as_array().is_some_and(|all| !all.is_empty())
                        || reasons.as_i64().is_some_and(|one| one != 0)
                })
        });
        // Versions are in directories of their own; the last one is the newest.
        let versions = system.list_or(&extension, &mut gather.browser.unread);
        let Some(version) = versions.last().filter(|_| !is_off) else { continue };
        let manifest = version.join("manifest.json");
        let Some(json) = gather.json(&manifest) else { continue };
        if reads_all_pages(&json) {
            let name = name_of(&mut gather, &json, version);
            gather.add(ExtensionAllPages, &format!("{name} ({id})"), how(setting), &manifest.shown);
        }
    }
    // Extensions that were loaded from elsewhere are named in the settings alone.
    for (id, setting) in known
        .iter()
        .filter_map(|json| json.and_then(|json| json.pointer("/extensions/settings")))
        .filter_map(Value::as_object)
        .flatten()
    {
        let is_loaded = setting.get("location").and_then(Value::as_i64) == Some(4);
        let path = setting.get("path").map(line_of).unwrap_or_default();
        let granted = setting.pointer("/granted_permissions/explicit_host");
        let scripts = setting.pointer("/granted_permissions/scriptable_host");
        if is_loaded && (all_pages(granted) || all_pages(scripts)) {
            gather.add(ExtensionAllPages, &format!("{path} ({id})"), how(Some(setting)), &profile.shown);
        }
    }
    gather.browser
}

/// By its permissions and its scripts for pages.
fn reads_all_pages(manifest: &Value) -> bool {
    let scripts = manifest.get("content_scripts").and_then(Value::as_array).into_iter().flatten();
    all_pages(manifest.get("permissions"))
        || all_pages(manifest.get("host_permissions"))
        || scripts.into_iter().any(|script| all_pages(script.get("matches")))
}

/// An extension's name, which may stand in a file of its language.
fn name_of(gather: &mut Gather<'_>, manifest: &Value, version: &Place) -> String {
    let name = manifest.get("name").and_then(Value::as_str).unwrap_or("an extension");
    let Some(key) = name.strip_prefix("__MSG_").and_then(|rest| rest.strip_suffix("__")) else {
        return name.to_owned();
    };
    let locale = manifest.get("default_locale").and_then(Value::as_str).unwrap_or("en");
    // It comes from the extension, and must not lead out of its directory.
    if !locale.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        return name.to_owned();
    }
    let messages = gather.json(&version.join(&format!("_locales/{locale}/messages.json")));
    let found = messages.as_ref().and_then(Value::as_object).and_then(|all| {
        all.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).and_then(|(_, one)| one.get("message"))
    });
    found.map_or_else(|| name.to_owned(), line_of)
}

/// How an extension came there, by ManifestLocation of Chromium's extensions/common/mojom/manifest.mojom.
fn how(setting: Option<&Value>) -> &'static str {
    match setting.and_then(|setting| setting.get("location")).and_then(Value::as_i64) {
        Some(1) => "installed by the user",
        Some(2 | 3 | 6) => "installed by another program",
        Some(4 | 8) => "loaded from a directory by hand",
        Some(5 | 10) => "part of the browser",
        Some(7 | 9) => "installed by a policy",
        _ => "installed in a way that is not told",
    }
}

fn policies(gather: &mut Gather<'_>, place: &Place) {
    let Some(json) = gather.json(place) else { return };
    let Some(all) = json.as_object() else { return };
    for (name, value) in all {
        let name = name.as_str();
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        let kind = match name {
            _ if WEAKEN_IF_TRUE.contains(&name) && value.as_bool() == Some(true) => PolicyWeakens,
            _ if WEAKEN_IF_FALSE.contains(&name) && value.as_bool() == Some(false) => PolicyWeakens,
            _ if WEAKEN_FOR.contains(&name) && !is_empty => PolicyWeakens,
            _ if ANCHORS.contains(&name) && !is_empty => EnterpriseRoots,
            "SSLVersionMin" if matches!(value.as_str(), Some("tls1" | "tls1.1")) => PolicyWeakens,
            "HttpsOnlyMode" if value.as_str() == Some("disallowed") => PolicyWeakens,
            "DnsOverHttpsMode" | "DnsOverHttpsTemplates" => DnsOverHttps,
            "ExtensionInstallForcelist" if !is_empty => PolicyInstalls,
            "ProxyServer" | "ProxyPacUrl" => Proxy,
            "ProxyMode" | "ProxySettings" => {
                proxy(gather, name, value, place);
                continue;
            }
            "ExtensionSettings" => {
                for (id, setting) in value.as_object().into_iter().flatten() {
                    let mode = setting.get("installation_mode").and_then(Value::as_str);
                    if matches!(mode, Some("force_installed" | "normal_installed")) {
                        let from = setting.get("update_url").map(line_of).unwrap_or_default();
                        gather.add(PolicyInstalls, &format!("ExtensionSettings.{id}"), &from, &place.shown);
                    }
                }
                continue;
            }
            _ => continue,
        };
        // A certificate is long and says nothing on one line.
        let value = match (kind, value.as_array()) {
            (EnterpriseRoots, Some(list)) => format!("{} certificates", list.len()),
            _ => line_of(value),
        };
        gather.add(kind, name, &value, &place.shown);
    }
}

fn proxy(gather: &mut Gather<'_>, name: &str, value: &Value, place: &Place) {
    let mode = value.as_str().or_else(|| value.get("ProxyMode").and_then(Value::as_str)).unwrap_or_default();
    let text = |name: &str| value.get(name).map(line_of).unwrap_or_default();
    match mode {
        "auto_detect" => gather.add(Proxy, name, "wpad", &place.shown),
        "fixed_servers" if value.is_object() => gather.add(Proxy, name, &text("ProxyServer"), &place.shown),
        "pac_script" if value.is_object() => gather.add(Proxy, name, &text("ProxyPacUrl"), &place.shown),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{browsers, told};
    use super::*;
    use crate::system::testing::Tree;

    const PROFILE: &str = "~/.config/chromium/Default";

    fn tree(files: &[(&str, &str)]) -> Tree {
        let tree = Tree::new(&[]);
        for (path, text) in files {
            tree.write(&format!("{PROFILE}/{path}"), text.as_bytes());
        }
        tree
    }

    #[test]
    fn extensions_and_how_they_came() {
        let found = browsers(&tree(&[
            (
                "Preferences",
                r#"{"https_only_mode_enabled": true, "proxy": {"mode": "fixed_servers", "server": "p.example:80"}}"#,
            ),
            (
                "Secure Preferences",
                r#"{"extensions": {"settings": {"aaaa": {"location": 6}, "bbbb": {"location": 1},
                    "dddd": {"location": 1, "disable_reasons": [1]},
                    "eeee": {"location": 4, "path": "/home/joe/x", "granted_permissions": {"explicit_host": ["<all_urls>"]}}}}}"#,
            ),
            (
                "Extensions/aaaa/1.0_0/manifest.json",
                r#"{"name": "__MSG_appName__", "default_locale": "en", "host_permissions": ["*://*/*"]}"#,
            ),
            ("Extensions/aaaa/1.0_0/_locales/en/messages.json", r#"{"appname": {"message": "Helper"}}"#),
            (
                "Extensions/bbbb/1.0_0/manifest.json",
                r#"{"name": "One Site", "permissions": ["https://one.example/*"]}"#,
            ),
            (
                "Extensions/cccc/1.0_0/manifest.json",
                r#"{"name": "__MSG_x__", "default_locale": "../..", "content_scripts": [{"matches": ["<all_urls>"]}]}"#,
            ),
            ("Extensions/dddd/1.0_0/manifest.json", r#"{"name": "Off", "permissions": ["<all_urls>"]}"#),
        ]));
        assert_eq!(found[0].https_only, Outcome::seen(true));
        assert_eq!(
            told(&found),
            [
                "Proxy proxy.server=p.example:80",
                "ExtensionAllPages Helper (aaaa)=installed by another program",
                "ExtensionAllPages __MSG_x__ (cccc)=installed in a way that is not told",
                "ExtensionAllPages /home/joe/x (eeee)=loaded from a directory by hand",
            ]
        );
    }

    #[test]
    fn what_the_browser_decides_is_not_measured() {
        let found = browsers(&tree(&[("Preferences", "{}"), ("ServerCertificate", "SQLite")]));
        assert!(found[0].https_only.is_unmeasured());
        assert!(found[0].unread[0].why.detail.contains("chrome://certificate-manager"));
        let broken = browsers(&tree(&[("Preferences", "[")]));
        assert!(broken[0].https_only.is_unmeasured() && !broken[0].unread.is_empty());
    }

    #[test]
    fn policies_that_weaken_install_and_redirect() {
        let text = r#"{
            "CertificateTransparencyEnforcementDisabledForUrls": ["own.example"], "HSTSPolicyBypassList": [],
            "EncryptedClientHelloEnabled": true, "PostQuantumKeyAgreementEnabled": false,
            "ExtensionInstallForcelist": ["aaaa;https://x.example/u.xml"], "ProxySettings": {"ProxyMode": "auto_detect"},
            "CACertificates": ["MIIB"], "HomepageLocation": "https://own.example"}"#;
        let found = browsers(&Tree::new(&[("/etc/opt/chrome/policies/managed/own.json", text)]));
        let mut told = told(&found);
        told.sort();
        assert_eq!(
            told,
            [
                "EnterpriseRoots CACertificates=1 certificates",
                "PolicyInstalls ExtensionInstallForcelist=[\"aaaa;https://x.example/u.xml\"]",
                "PolicyWeakens CertificateTransparencyEnforcementDisabledForUrls=[\"own.example\"]",
                "PolicyWeakens PostQuantumKeyAgreementEnabled=false",
                "Proxy ProxySettings=wpad",
            ]
        );
        assert_eq!(found[0].browser, "Chrome");
    }
}
