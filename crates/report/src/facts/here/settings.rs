//! Settings of programs.

use midwatch_model::{LocalSetting, LocalSettingKind, LocalSettings};

use super::{Sheet, Table, each, unread};
use crate::words;

/// Every kind, what it does first that matters most.
const KINDS: [LocalSettingKind; 9] = [
    LocalSettingKind::NotVerified,
    LocalSettingKind::KeyLog,
    LocalSettingKind::Preload,
    LocalSettingKind::Weakened,
    LocalSettingKind::PlainSource,
    LocalSettingKind::Proxy,
    LocalSettingKind::ProxyScript,
    LocalSettingKind::ProxySearch,
    LocalSettingKind::CaBundle,
];

pub(super) fn sheet(settings: &LocalSettings) -> Sheet {
    let read = words::count(settings.read.len(), "place");
    let places = format!("{read} read{}", unread(settings.unread.len()));
    let mut lines = match settings.found.is_empty() {
        true => vec![("settings", format!("none of note; {places}"))],
        false => vec![("settings", format!("{} of note; {places}", settings.found.len()))],
    };
    for kind in KINDS {
        let of_kind: Vec<String> =
            settings.found.iter().filter(|one| one.kind == kind).map(setting).collect();
        lines.extend(each(label(kind), of_kind));
    }
    Sheet {
        heading: "Settings of programs",
        about: String::new(),
        lines,
        tables: vec![
            Table::list(
                "Settings of note",
                &["What it does", "Program", "Setting", "Value", "Holds for", "Where"],
                &settings.found,
                |one| {
                    vec![
                        what(one.kind).into(),
                        one.program.clone(),
                        one.name.clone(),
                        one.value.clone(),
                        one.scope.clone().unwrap_or_else(|| "everything".into()),
                        place(one),
                    ]
                },
            ),
            Table::list("Places that were read", &["Place"], &settings.read, |one| vec![one.clone()]),
        ],
    }
}

/// How many there are of note.
pub(super) fn short(settings: &LocalSettings) -> String {
    let read = words::count(settings.read.len(), "place");
    let kinds: Vec<String> = KINDS
        .into_iter()
        .map(|kind| (kind, settings.found.iter().filter(|one| one.kind == kind).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{count} {}", label(kind)))
        .collect();
    let unread = unread(settings.unread.len());
    match kinds.is_empty() {
        true => format!("none of note in {read}{unread}"),
        false => format!("{} in {read}{unread}", kinds.join(", ")),
    }
}

fn setting(setting: &LocalSetting) -> String {
    let value = match setting.value.as_str() {
        "" => String::new(),
        value => format!("={value}"),
    };
    let scope = setting.scope.as_ref().map(|scope| format!(" for {scope}")).unwrap_or_default();
    format!("{}: {}{value}{scope} in {}", setting.program, setting.name, place(setting))
}

fn place(setting: &LocalSetting) -> String {
    match setting.line {
        Some(line) => format!("{}, line {line}", setting.file),
        None if setting.file == "environment" => "the environment".into(),
        None => setting.file.clone(),
    }
}

/// In a word or two.
fn label(kind: LocalSettingKind) -> &'static str {
    match kind {
        LocalSettingKind::NotVerified => "unverified",
        LocalSettingKind::Weakened => "weakened",
        LocalSettingKind::PlainSource => "plain http",
        LocalSettingKind::Proxy => "proxy",
        LocalSettingKind::ProxyScript => "script",
        LocalSettingKind::ProxySearch => "WPAD",
        LocalSettingKind::Preload => "preload",
        LocalSettingKind::KeyLog => "key log",
        LocalSettingKind::CaBundle => "CA bundle",
    }
}

fn what(kind: LocalSettingKind) -> &'static str {
    match kind {
        LocalSettingKind::NotVerified => "does not verify who answers",
        LocalSettingKind::Weakened => "allows weaker TLS, or a weaker rule",
        LocalSettingKind::PlainSource => "takes packages or code over plain http",
        LocalSettingKind::Proxy => "goes through a proxy",
        LocalSettingKind::ProxyScript => "has a script that chooses proxies",
        LocalSettingKind::ProxySearch => "searches for proxies on the network",
        LocalSettingKind::Preload => "loads a library into every program",
        LocalSettingKind::KeyLog => "writes the secrets of TLS connections down",
        LocalSettingKind::CaBundle => "takes trust anchors from another place",
    }
}
