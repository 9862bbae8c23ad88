//! The settings of a server's own programs.

use midwatch_model::{ServerKey, ServerPath, ServerProgram, ServerSetting, ServerSettings};

use super::{Line, Sheet, Table, told, yes};
use crate::words;

pub(super) fn sheet(settings: &ServerSettings) -> Sheet {
    let rows: Vec<(&ServerProgram, &ServerSetting)> = settings
        .programs
        .iter()
        .flat_map(|program| program.settings.value().into_iter().flatten().map(move |one| (program, one)))
        .collect();
    Sheet {
        heading: "Settings of this server",
        about: String::new(),
        lines: lines(settings),
        tables: vec![
            Table::list("Settings", &["Program", "Setting", "For", "Where"], &rows, |(program, one)| {
                let place = one.at.as_ref();
                vec![
                    program.program.name().into(),
                    format!("{} {}", one.name, one.value),
                    one.scope.clone().unwrap_or_else(|| "everything".into()),
                    place.map_or_else(|| "by default".into(), |at| format!("{}, line {}", at.file, at.line)),
                ]
            }),
            Table::of("Private keys", &["File", "Rights", "Passphrase", "Named by"], &settings.keys, key),
            Table::list("Directories of sessions", &["Directory", "Rights", "Of"], &settings.sessions, path),
            Table::list("Compilers", &["File", "Rights", "Name"], &settings.compilers, path),
        ],
    }
}

/// A few lines on all of it.
pub(super) fn lines(settings: &ServerSettings) -> Vec<Line> {
    let mut out = Vec::new();
    let names: Vec<&str> = settings.programs.iter().map(|one| one.program.name()).collect();
    out.push((
        "settings",
        match names.as_slice() {
            [] => "no program that is known was found".to_owned(),
            names => format!("of {}", words::and(names)),
        },
    ));
    if !settings.as_root {
        out.push(("read as", "not root: what others may not read is missing".into()));
    }
    out.push(("keys", told(&settings.keys, |keys| words::count(keys.len(), "private key"))));
    out.push(("accounts", told(&settings.accounts, |all| format!("{} of people with a shell", all.len()))));
    for updates in &settings.updates {
        out.push((
            "updates",
            format!("by themselves with {}: {}", updates.manager, told(&updates.on, |on| yes(*on).into())),
        ));
    }
    out
}

fn key(key: &ServerKey) -> Vec<String> {
    let locked = told(&key.unprotected, |open| yes(!open).into());
    vec![key.path.path.clone(), rights(&key.path), locked, key.named_by.join(", ")]
}

fn path(path: &ServerPath) -> Vec<String> {
    vec![path.path.clone(), rights(path), path.of.clone()]
}

/// Mode, owner and group by number.
fn rights(path: &ServerPath) -> String {
    format!("{:04o} {}:{}", path.mode, path.owner, path.group)
}
