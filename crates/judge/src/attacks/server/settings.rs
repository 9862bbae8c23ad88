//! What the settings of a server's programs come to: what was not read of them, and what is in order.

use midwatch_model::{Because, ServerProgramId, ServerSettings};

use crate::View;
use crate::attack::link;
use crate::view::Seen;
use crate::words;

/// Programs that take passwords of mail or of files.
const LOGINS: [ServerProgramId; 6] = [
    ServerProgramId::Postfix,
    ServerProgramId::Dovecot,
    ServerProgramId::Exim,
    ServerProgramId::Vsftpd,
    ServerProgramId::Proftpd,
    ServerProgramId::PureFtpd,
];

/// Programs of mail and FTP, and panels, whose settings could not be read.
pub(super) fn unread_logins(view: &View<'_>) -> Vec<Because> {
    let panels = [ServerProgramId::Webmin, ServerProgramId::Cpanel, ServerProgramId::Hestia];
    of(view, |seen| unread(seen, &[&LOGINS[..], &panels].concat()))
}

/// sshd and mod_auth_openidc, where their settings could not be read, and private keys.
pub(super) fn unread_keys(view: &View<'_>) -> Vec<Because> {
    of(view, |seen| {
        let mut all = unread(seen, &[ServerProgramId::Sshd, ServerProgramId::Openidc]);
        if let Some(why) = seen.fact.keys.why_not() {
            all.push(link(format!("who may read the private keys was not measured: {why}"), &[seen.id]));
        }
        all
    })
}

fn of<'a>(view: &View<'a>, gaps: impl Fn(Seen<'a, ServerSettings>) -> Vec<Because>) -> Vec<Because> {
    match view.inside.settings {
        None => vec![link("the settings of this server's programs were not read", &[])],
        Some(seen) => gaps(seen),
    }
}

fn unread(seen: Seen<'_, ServerSettings>, programs: &[ServerProgramId]) -> Vec<Because> {
    let of_kind = seen.fact.programs.iter().filter(|one| programs.contains(&one.program));
    let gap = |one: &midwatch_model::ServerProgram| {
        let why = one.settings.why_not()?;
        Some(link(format!("the settings of {} could not be read: {why}", one.program.name()), &[seen.id]))
    };
    of_kind.filter_map(gap).collect()
}

/// Reasons, and more of them: alone, the others are none.
pub(super) fn and(reasons: Vec<Because>, more: Vec<Because>) -> Vec<Because> {
    if reasons.is_empty() { reasons } else { [reasons, more].concat() }
}

/// Every program of mail and FTP that is here takes passwords within TLS alone: that it does not would be a finding.
pub(super) fn logins_within_tls(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.inside.settings else { return Vec::new() };
    let names: Vec<&str> = seen
        .fact
        .programs
        .iter()
        .filter(|one| LOGINS.contains(&one.program) && one.settings.is_seen())
        .map(|one| one.program.name())
        .collect();
    match names.as_slice() {
        [] => vec![link("no program of mail or FTP that is known was found here", &[seen.id])],
        names => vec![link(format!("{} take no password without TLS", words::and(names)), &[seen.id])],
    }
}

/// No private key can be read by others.
pub(super) fn keys_are_closed(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.inside.settings else { return Vec::new() };
    let count = seen.fact.keys.value().map_or(0, Vec::len);
    if count == 0 {
        return Vec::new();
    }
    vec![link(
        format!("none of {} can be read by other accounts", words::count(count, "private key")),
        &[seen.id],
    )]
}
