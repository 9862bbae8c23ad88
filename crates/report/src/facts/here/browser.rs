//! Browsers: their settings and extensions.

use midwatch_model::{BrowserSetting, BrowserSettingKind, LocalBrowser};

use super::{Sheet, Table, each, some, told, unread, yes};
use crate::words;

pub(super) fn sheet(browser: &LocalBrowser) -> Sheet {
    let https = told(&browser.https_only, |only| yes(*only).into());
    let found: Vec<String> = browser.found.iter().map(setting).collect();
    let about = format!("{}, {}", browser.browser, browser.profile);
    let count = match found.len() {
        0 => "no settings of note".into(),
        count => format!("{} of note", words::count(count, "setting")),
    };
    let text = format!("{about}: https alone: {https}; {count}{}", unread(browser.unread.len()));
    let mut lines = vec![("browser", text)];
    lines.extend(each("  setting", found));
    let only = [("https alone", https)];
    Sheet {
        heading: "Browsers",
        about,
        lines,
        tables: vec![
            Table::list("Browser", &["Setting", "Value"], &only, |(name, value)| {
                vec![(*name).into(), value.clone()]
            }),
            Table::list(
                "Settings of note",
                &["What it does", "Setting, host or extension", "Value", "File"],
                &browser.found,
                |one| vec![kind(one.kind).into(), one.name.clone(), one.value.clone(), one.file.clone()],
            ),
        ],
    }
}

/// All browsers in one line.
pub(super) fn short(browsers: &[&LocalBrowser]) -> String {
    let settings: usize = browsers.iter().map(|browser| browser.found.len()).sum();
    format!("{}; {} of note", some(&programs(browsers.iter().copied())), words::count(settings, "setting"))
}

/// The browsers, each once.
pub(crate) fn programs<'a>(browsers: impl Iterator<Item = &'a LocalBrowser>) -> Vec<String> {
    let mut programs: Vec<String> = Vec::new();
    for browser in browsers {
        if !programs.contains(&browser.browser) {
            programs.push(browser.browser.clone());
        }
    }
    programs
}

fn setting(setting: &BrowserSetting) -> String {
    format!("{} ({})", setting.name, kind(setting.kind))
}

fn kind(kind: BrowserSettingKind) -> &'static str {
    match kind {
        BrowserSettingKind::CertificateOverride => "a faulty certificate, accepted for good",
        BrowserSettingKind::EnterpriseRoots => "the system's trust anchors count too",
        BrowserSettingKind::ExtensionAllPages => "an extension that may change every page",
        BrowserSettingKind::RemoteDebugging => "whoever reaches a port steers it",
        BrowserSettingKind::PolicyWeakens => "a policy that takes a protection away",
        BrowserSettingKind::PolicyInstalls => "a policy that installs extensions",
        BrowserSettingKind::Proxy => "a proxy",
        BrowserSettingKind::DnsOverHttps => "DNS over HTTPS",
    }
}
