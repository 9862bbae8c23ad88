//! What checks of a server's own settings share: where a setting stands, and the changes that set it otherwise.

use midwatch_model::{Edit, Edits, ServerProgram, ServerProgramId, ServerSetting, ServerSettings};

use crate::View;
use crate::view::Seen;

/// A program of the server whose settings were read.
pub(crate) fn program<'a>(
    view: &View<'a>,
    id: ServerProgramId,
) -> Option<(Seen<'a, ServerSettings>, &'a ServerProgram)> {
    let seen = view.inside.settings?;
    let program = seen.fact.programs.iter().find(|one| one.program == id && one.settings.is_seen())?;
    Some((seen, program))
}

/// Programs that take connections for others, which start when somebody calls.
const STARTERS: [&str; 4] = ["systemd", "init", "inetd", "xinetd"];

/// The observation that tells that nothing of a program listens, so that its settings harm nobody until it is started. None
/// where it listens, where another may start it, and where not every socket's program could be seen.
pub(crate) fn idle<'a>(view: &View<'a>, id: ServerProgramId) -> Option<&'a str> {
    let names: &[&str] = match id {
        ServerProgramId::Vsftpd => &["vsftpd"],
        ServerProgramId::Proftpd => &["proftpd"],
        ServerProgramId::PureFtpd => &["pure-ftpd"],
        // Its master has the sockets.
        ServerProgramId::Postfix => &["master"],
        ServerProgramId::Dovecot => &["dovecot"],
        ServerProgramId::Exim => &["exim"],
        _ => return None,
    };
    let seen = view.inside.listening?;
    let sockets = seen.fact.sockets.value()?;
    let is_another = |name: &str| {
        !STARTERS.iter().any(|starter| name.starts_with(starter))
            && !names.iter().any(|own| name.starts_with(own))
    };
    sockets
        .iter()
        .all(|socket| socket.program.value().is_some_and(|program| is_another(&program.name)))
        .then_some(seen.id)
}

/// A setting and where it stands: `PasswordAuthentication yes (/etc/ssh/sshd_config, line 3)`.
pub(crate) fn told(setting: &ServerSetting) -> String {
    let scope = setting.scope.as_deref().map(|scope| format!(" for {scope}")).unwrap_or_default();
    let value = if setting.value.is_empty() { "(nothing)" } else { &setting.value };
    match &setting.at {
        Some(at) => format!("{} {value}{scope} ({}, line {})", setting.name, at.file, at.line),
        None => format!("{} {value}{scope} (by default: no line sets it)", setting.name),
    }
}

/// True for the ways of writing yes that daemons take.
pub(crate) fn is_yes(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "yes" | "on" | "true" | "1")
}

/// The server is one that several people share: a panel manages it, or more than one account of people has a shell.
pub(crate) fn shared_by(view: &View<'_>, settings: &ServerSettings) -> Option<String> {
    let is_panel = |id: ServerProgramId| matches!(id, ServerProgramId::Cpanel | ServerProgramId::Hestia);
    if let Some(panel) = settings.programs.iter().find(|one| is_panel(one.program)) {
        return Some(format!("{} manages this server for several accounts", panel.program.name()));
    }
    let panel =
        view.inside.sites.and_then(|seen| seen.fact.sites.iter().find_map(|site| site.account.as_deref()));
    if panel.is_some() {
        return Some("a panel manages sites of several accounts here".into());
    }
    let people = settings.accounts.value()?;
    (people.len() > 1).then(|| format!("{} accounts of people have a shell here", people.len()))
}

/// sshd heeds the first line of a name: one above all others, or the one under Match itself.
pub(crate) fn sshd(program: &ServerProgram, setting: &ServerSetting, value: &str) -> Edits {
    let line = format!("{} {value}", setting.name);
    let edit = match &setting.scope {
        None => Edit::Top { file: program.file.clone(), lines: vec![line] },
        Some(_) => replace(setting, &line),
    };
    edits(program, vec![edit])
}

/// For a program that heeds the last line of a name: the line itself, where there is one without a scope, or one behind all
/// others.
pub(crate) fn last(program: &ServerProgram, setting: &ServerSetting, line: &str) -> Edit {
    match setting.at {
        Some(_) => replace(setting, line),
        None => Edit::End { file: program.file.clone(), lines: vec![line.to_owned()] },
    }
}

/// Another line in the place of the one that sets something, with the same white space before it.
pub(crate) fn replace(setting: &ServerSetting, line: &str) -> Edit {
    let place = setting.at.as_ref();
    match place.and_then(|at| Some((at, at.text.as_ref()?))) {
        Some((at, was)) => {
            let indent: String = was.chars().take_while(|c| c.is_whitespace()).collect();
            Edit::Line {
                file: at.file.clone(),
                line: at.line,
                was: was.clone(),
                becomes: format!("{indent}{line}"),
            }
        }
        None => Edit::Decide { what: format!("Write {line} in the place of {}.", told(setting)) },
    }
}

pub(crate) fn edits(program: &ServerProgram, edits: Vec<Edit>) -> Edits {
    Edits { program: Some(program.program), edits }
}

/// What only the server's owner can decide.
pub(crate) fn decide(program: Option<ServerProgramId>, what: impl Into<String>) -> Edits {
    Edits { program, edits: vec![Edit::Decide { what: what.into() }] }
}
