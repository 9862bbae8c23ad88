//! Firefox: prefs.js, user.js, cert_override.txt, extensions.json and policies.json.

use std::collections::BTreeMap;

use midwatch_model::{BrowserSettingKind::*, LocalBrowser, Outcome, ReasonKind, Unread};
use serde_json::Value;

use super::{Gather, all_pages, line_of};
use crate::System;
use crate::system::Place;

/// Directories of profiles in the home: of packages, of snap, of flatpak, and by the XDG base directories.
const BASES: [&str; 5] = [
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
    ".librewolf",
];

/// Where Firefox looks for policies (<https://mozilla.github.io/policy-templates>).
const POLICIES: [&str; 7] = [
    "/etc/firefox/policies/policies.json",
    "/usr/lib/firefox/distribution/policies.json",
    "/usr/lib/firefox-esr/distribution/policies.json",
    "/usr/lib64/firefox/distribution/policies.json",
    "/usr/share/firefox-esr/distribution/policies.json",
    "/opt/firefox/distribution/policies.json",
    "/app/etc/firefox/policies/policies.json",
];

/// Profiles that are looked at.
const MAX_PROFILES: usize = 100;

/// The profiles that are there.
pub(crate) struct Found {
    pub(crate) profiles: Vec<Place>,
    pub(crate) unread: Vec<Unread>,
}

/// Every directory below one of profiles that holds settings or certificates.
pub(crate) fn profiles(system: &System) -> Found {
    let mut found = Found { profiles: Vec::new(), unread: Vec::new() };
    for base in BASES {
        let Some(base) = system.home(base) else { continue };
        for place in system.list_or(&base, &mut found.unread) {
            let is_profile = ["prefs.js", "cert9.db"].iter().any(|file| system.exists(&place.join(file)));
            if is_profile && found.profiles.len() < MAX_PROFILES {
                found.profiles.push(place);
            }
        }
    }
    found
}

pub(super) fn look(system: &System) -> Vec<LocalBrowser> {
    let Found { profiles, unread } = profiles(system);
    let mut found: Vec<LocalBrowser> = profiles.iter().map(|profile| of_profile(system, profile)).collect();
    if !unread.is_empty() {
        let mut gather = Gather::new(system, "Firefox", "profiles");
        gather.browser.unread = unread;
        found.push(gather.browser);
    }
    for path in POLICIES {
        let place = system.at(path);
        if system.exists(&place) {
            found.push(of_policies(system, &place));
        }
    }
    found
}

fn of_profile(system: &System, profile: &Place) -> LocalBrowser {
    let mut gather = Gather::new(system, "Firefox", &profile.shown);
    preferences(&mut gather, profile);
    overrides(&mut gather, profile);
    extensions(&mut gather, profile);
    gather.browser
}

/// The settings that are not as Firefox has them by itself. user.js is read at each start and comes after prefs.js.
fn preferences(gather: &mut Gather<'_>, profile: &Place) {
    let mut all: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut was_read = false;
    for file in ["prefs.js", "user.js"] {
        let place = profile.join(file);
        let Some(text) = gather.text(&place) else { continue };
        was_read = true;
        for line in text.lines().take(100_000) {
            if let Some((name, value)) = preference(line) {
                all.insert(name, (value, place.shown.clone()));
            }
        }
    }
    let value = |name: &str| all.get(name).map(|(value, _)| value.as_str());
    gather.browser.https_only = match was_read {
        true => Outcome::seen(value("dom.security.https_only_mode") == Some("true")),
        false => Outcome::unmeasured(ReasonKind::Other, format!("{} has no settings to read", profile.shown)),
    };
    let mut found = Vec::new();
    for (name, (value, file)) in &all {
        let number = value.parse::<i64>().ok();
        let kind = match name.as_str() {
            "security.enterprise_roots.enabled" if value == "true" => EnterpriseRoots,
            "network.trr.mode" => DnsOverHttps,
            "network.trr.uri" | "network.trr.custom_uri" => DnsOverHttps,
            "security.tls.version.min" if number.is_some_and(|version| version < 3) => PolicyWeakens,
            "security.cert_pinning.enforcement_level" if number == Some(0) => PolicyWeakens,
            "security.pki.certificate_transparency.mode" if number == Some(0) => PolicyWeakens,
            "security.tls.insecure_fallback_hosts" if !value.is_empty() => PolicyWeakens,
            "security.ssl.enable_ocsp_stapling"
            | "security.mixed_content.block_active_content"
            | "xpinstall.signatures.required"
            | "network.stricttransportsecurity.preloadlist"
                if value == "false" =>
            {
                PolicyWeakens
            }
            _ => continue,
        };
        found.push((kind, name.clone(), value.clone(), file.clone()));
    }
    for (kind, name, value, file) in found {
        gather.add(kind, &name, &value, &file);
    }
    // 0 is none, 1 by hand, 2 by a script, 4 searched for, 5 the system's.
    let file = |name: &str| all.get(name).map(|(_, file)| file.clone()).unwrap_or_default();
    match value("network.proxy.type") {
        Some("1") => {
            for name in ["network.proxy.http", "network.proxy.ssl", "network.proxy.socks"] {
                if let Some(host) = value(name).filter(|host| !host.is_empty()) {
                    let port = value(&format!("{name}_port")).unwrap_or_default();
                    let scheme = if name.ends_with("socks") { "socks://" } else { "http://" };
                    gather.add(Proxy, name, &format!("{scheme}{host}:{port}"), &file(name));
                }
            }
        }
        Some("2") => {
            let name = "network.proxy.autoconfig_url";
            gather.add(Proxy, name, value(name).unwrap_or_default(), &file(name));
        }
        Some("4") => gather.add(Proxy, "network.proxy.type", "wpad", &file("network.proxy.type")),
        _ => {}
    }
}

/// `user_pref("name", value);` with text in quotes or not.
fn preference(line: &str) -> Option<(String, String)> {
    let inside = line.trim().strip_prefix("user_pref(")?.rsplit_once(')')?.0;
    let (name, value) = inside.split_once(',')?;
    let name = name.trim().trim_matches(['"', '\'']);
    let value = value.trim();
    let value = match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(text) => text.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => value.to_owned(),
    };
    Some((name.to_owned(), value))
}

/// One host a line, its parts apart by tabs: the host and its port, the kind of digest, the digest.
fn overrides(gather: &mut Gather<'_>, profile: &Place) {
    let place = profile.join("cert_override.txt");
    let Some(text) = gather.text(&place) else { return };
    for (_, line) in crate::lines::numbered(&text, &['#']) {
        let mut parts = line.split('\t');
        if let (Some(host), Some(_), Some(digest)) = (parts.next(), parts.next(), parts.next()) {
            gather.add(CertificateOverride, host.trim_end_matches(':'), digest, &place.shown);
        }
    }
}

/// The extensions that are switched on and may read every page. Themes, dictionaries and what Firefox itself brings are
/// left out.
fn extensions(gather: &mut Gather<'_>, profile: &Place) {
    let place = profile.join("extensions.json");
    let Some(json) = gather.json(&place) else { return };
    for addon in json.get("addons").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| addon.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_own =
            text("location").starts_with("app-builtin") || text("location").starts_with("app-system");
        if text("type") != "extension" || addon.get("active") != Some(&Value::Bool(true)) || is_own {
            continue;
        }
        // Optional permissions that were given stand in another file, which is not read.
        if !all_pages(addon.pointer("/userPermissions/origins")) {
            continue;
        }
        let name = addon.pointer("/defaultLocale/name").and_then(Value::as_str).unwrap_or(text("id"));
        let how = match (
            text("location"),
            addon.get("foreignInstall"),
            addon.get("signedState").and_then(Value::as_i64),
        ) {
            ("app-temporary", ..) => "loaded by hand for this run",
            (_, Some(Value::Bool(true)), _) => "installed by another program",
            (_, _, Some(state)) if state <= 0 => "not signed by Mozilla",
            _ => "installed by the user",
        };
        gather.add(ExtensionAllPages, &format!("{name} ({})", text("id")), how, &place.shown);
    }
}

fn of_policies(system: &System, place: &Place) -> LocalBrowser {
    let mut gather = Gather::new(system, "Firefox", &place.shown);
    let Some(json) = gather.json(place) else { return gather.browser };
    let policies = json.get("policies").cloned().unwrap_or_default();
    let is = |path: &str, wanted: bool| policies.pointer(path).and_then(Value::as_bool) == Some(wanted);
    if is("/Certificates/ImportEnterpriseRoots", true) {
        gather.add(EnterpriseRoots, "Certificates.ImportEnterpriseRoots", "true", &place.shown);
    }
    for file in policies.pointer("/Certificates/Install").and_then(Value::as_array).into_iter().flatten() {
        gather.add(EnterpriseRoots, "Certificates.Install", &line_of(file), &place.shown);
    }
    let devices = policies.get("SecurityDevices").and_then(Value::as_object);
    for (name, device) in devices.into_iter().flatten() {
        // p11-kit's module brings the system's store into Firefox.
        if line_of(device).contains("p11-kit") || name.contains("p11-kit") {
            gather.add(EnterpriseRoots, &format!("SecurityDevices.{name}"), &line_of(device), &place.shown);
        }
    }
    if let Some(version) = policies.get("SSLVersionMin").and_then(Value::as_str)
        && matches!(version, "tls1" | "tls1.1")
    {
        gather.add(PolicyWeakens, "SSLVersionMin", version, &place.shown);
    }
    if is("/PostQuantumKeyAgreementEnabled", false) {
        gather.add(PolicyWeakens, "PostQuantumKeyAgreementEnabled", "false", &place.shown);
    }
    if let Some(doh) = policies.get("DNSOverHTTPS") {
        gather.add(DnsOverHttps, "DNSOverHTTPS", &line_of(doh), &place.shown);
    }
    if let Some(proxy) = policies.get("Proxy") {
        let mode = proxy.get("Mode").and_then(Value::as_str).unwrap_or_default();
        let named = |name: &str| proxy.get(name).map(line_of).unwrap_or_default();
        match mode {
            "manual" => gather.add(Proxy, "Proxy", &named("HTTPProxy"), &place.shown),
            "autoConfig" => gather.add(Proxy, "Proxy", &named("AutoConfigURL"), &place.shown),
            "autoDetect" => gather.add(Proxy, "Proxy", "wpad", &place.shown),
            _ => {}
        }
    }
    for url in policies.pointer("/Extensions/Install").and_then(Value::as_array).into_iter().flatten() {
        gather.add(PolicyInstalls, "Extensions.Install", &line_of(url), &place.shown);
    }
    let settings = policies.get("ExtensionSettings").and_then(Value::as_object);
    for (id, setting) in settings.into_iter().flatten() {
        let mode = setting.get("installation_mode").and_then(Value::as_str);
        if matches!(mode, Some("force_installed" | "normal_installed")) {
            let url = setting.get("install_url").map(line_of).unwrap_or_default();
            gather.add(PolicyInstalls, &format!("ExtensionSettings.{id}"), &url, &place.shown);
        }
    }
    gather.browser
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{browsers, told};
    use super::*;
    use crate::system::testing::Tree;

    const PROFILE: &str = "~/.mozilla/firefox/ab.default-release";

    fn with(file: &str, text: &str) -> Vec<LocalBrowser> {
        let tree = Tree::new(&[(&format!("{PROFILE}/prefs.js"), "")]);
        tree.write(&format!("{PROFILE}/{file}"), text.as_bytes());
        browsers(&tree)
    }

    #[test]
    fn preferences_that_matter() {
        let text = "// Mozilla User Preferences\nuser_pref(\"dom.security.https_only_mode\", true);\n\
                    user_pref(\"network.proxy.type\", 1);\nuser_pref(\"network.proxy.http\", \"p.example\");\n\
                    user_pref(\"network.proxy.http_port\", 3128);\nuser_pref(\"security.tls.version.min\", 1);\n\
                    user_pref(\"network.trr.mode\", 3);\nuser_pref(\"security.enterprise_roots.enabled\", false);\n";
        let found = with("prefs.js", text);
        assert_eq!(found[0].https_only, Outcome::seen(true));
        assert_eq!(
            told(&found),
            [
                "DnsOverHttps network.trr.mode=3",
                "PolicyWeakens security.tls.version.min=1",
                "Proxy network.proxy.http=http://p.example:3128",
            ]
        );
    }

    #[test]
    fn what_the_user_set_comes_last_and_nothing_set_is_off() {
        let found = with("user.js", "user_pref(\"security.enterprise_roots.enabled\", true);\n");
        assert_eq!(told(&found), ["EnterpriseRoots security.enterprise_roots.enabled=true"]);
        assert_eq!(found[0].https_only, Outcome::seen(false));
        let found = with("prefs.js", "user_pref(\"network.proxy.type\", 4);");
        assert_eq!(told(&found), ["Proxy network.proxy.type=wpad"]);
    }

    #[test]
    fn a_profile_without_settings_is_not_measured() {
        let found = browsers(&Tree::new(&[(&format!("{PROFILE}/cert9.db"), "")]));
        assert!(found[0].https_only.is_unmeasured());
    }

    #[test]
    fn certificates_that_were_accepted_for_good() {
        let text = "# PSM Certificate Override Settings file\n# This is a generated file!  Do not edit.\n\
                    nas.example:8443:\tOID.2.16.840.1.101.3.4.2.1\tAA:BB\t\n";
        assert_eq!(told(&with("cert_override.txt", text)), ["CertificateOverride nas.example:8443=AA:BB"]);
    }

    #[test]
    fn extensions_that_may_read_every_page() {
        let addon = |id: &str, more: &str| {
            format!(
                r#"{{"id":"{id}","type":"extension","active":true,"location":"app-profile","signedState":2,{more}}}"#
            )
        };
        let all = r#""defaultLocale":{"name":"Blocker"},"userPermissions":{"origins":["<all_urls>"]}"#;
        let some = r#""userPermissions":{"origins":["https://one.example/*"]}"#;
        let foreign = r#""foreignInstall":true,"userPermissions":{"origins":["*://*/*"]}"#;
        let text = format!(
            r#"{{"addons":[{},{},{}]}}"#,
            addon("a@x", all),
            addon("b@x", some),
            addon("c@x", foreign)
        );
        assert_eq!(
            told(&with("extensions.json", &text)),
            [
                "ExtensionAllPages Blocker (a@x)=installed by the user",
                "ExtensionAllPages c@x (c@x)=installed by another program",
            ]
        );
    }

    #[test]
    fn policies() {
        let text = r#"{"policies": {
            "Certificates": {"ImportEnterpriseRoots": true, "Install": ["/etc/own.pem"]},
            "SecurityDevices": {"p11-kit-trust": "/usr/lib/pkcs11/p11-kit-trust.so"},
            "SSLVersionMin": "tls1", "Proxy": {"Mode": "autoDetect"},
            "ExtensionSettings": {"x@y": {"installation_mode": "force_installed", "install_url": "https://x.example/x.xpi"},
                                  "*": {"installation_mode": "blocked"}}}}"#;
        let found = browsers(&Tree::new(&[("/etc/firefox/policies/policies.json", text)]));
        assert_eq!(
            told(&found),
            [
                "EnterpriseRoots Certificates.ImportEnterpriseRoots=true",
                "EnterpriseRoots Certificates.Install=/etc/own.pem",
                "EnterpriseRoots SecurityDevices.p11-kit-trust=/usr/lib/pkcs11/p11-kit-trust.so",
                "PolicyWeakens SSLVersionMin=tls1",
                "Proxy Proxy=wpad",
                "PolicyInstalls ExtensionSettings.x@y=https://x.example/x.xpi",
            ]
        );
        assert!(found[0].https_only.is_unmeasured());
    }

    #[test]
    fn what_is_no_json_is_named() {
        let found = with("extensions.json", "{");
        assert_eq!(found[0].unread[0].file, format!("{PROFILE}/extensions.json"));
    }

    proptest! {
        #[test]
        fn no_line_breaks_it(line in "user_pref\\(.{0,60}") {
            preference(&line);
        }
    }
}
