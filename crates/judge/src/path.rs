//! The way to the target, station by station.

use midwatch_model::{AttackId, AttackVerdict, Finding, PathHop, PathMark, Station, Target, Verdict};

use crate::{View, words};

/// Marks every station with the worst verdict of the methods that work from there. Reports of others lead by no way.
pub(crate) fn path(view: &View<'_>, verdicts: &[AttackVerdict], findings: &[Finding]) -> Vec<PathHop> {
    if let Target::TlsReports { .. } = view.target {
        return Vec::new();
    }
    let hop = |station| PathHop { station, mark: mark(view, station, verdicts, findings) };
    Station::ALL.into_iter().map(hop).collect()
}

fn mark(view: &View<'_>, station: Station, verdicts: &[AttackVerdict], findings: &[Finding]) -> PathMark {
    let target = view.target;
    let here: Vec<Here> = verdicts
        .iter()
        .filter(|verdict| works_from(target, verdict.id, station))
        .map(|verdict| Here { id: verdict.id, verdict: at_station(view, station, verdict, findings) })
        .collect();
    let is_here = matches!(target, Target::Here { .. });
    let Some(verdict) = here.iter().map(|verdict| verdict.verdict).max() else {
        let because = match station {
            _ if matches!(target, Target::Server) => "This run looks at the server from inside.",
            Station::You if matches!(target, Target::Mail { .. }) => {
                "This run looks at the domain's mail servers, not at anybody's own computer."
            }
            _ if is_here => "This run looks at this computer and its network alone.",
            Station::You if matches!(target, Target::Tls { starttls: Some(_), .. }) => {
                "This run looks at the server, not at the computers of those who connect."
            }
            Station::You if matches!(target, Target::Site { .. } | Target::Tls { .. }) => {
                "This run looks at the site, not at the visitor's computer."
            }
            Station::You => "This run looks at the server, and at this computer's settings for it alone.",
            _ => "This run looks at the server from outside.",
        };
        return PathMark { verdict: Verdict::Unknown, attacks: Vec::new(), because: because.into() };
    };
    let attacks: Vec<AttackId> =
        here.iter().filter(|known| known.verdict == verdict).map(|known| known.id).collect();
    let names: Vec<String> = attacks.iter().map(|attack| words::uncapitalised(attack.name())).collect();
    let because = match verdict {
        Verdict::Exposed if is_here => format!("Signs of {}.", words::and(&names)),
        Verdict::Partly if is_here => format!("Weak signs of {}, or a way in for it.", words::and(&names)),
        Verdict::Protected if is_here => "Nothing that was looked at shows somebody here.".into(),
        Verdict::Exposed => format!("Open from here: {}.", words::and(&names)),
        Verdict::Partly => {
            let whom = match target {
                Target::Mail { .. } | Target::TlsReports { .. } => "for some mail",
                Target::Tls { starttls: Some(_), .. } => "for some programs",
                Target::Site { .. } | Target::Tls { .. } | Target::Here { .. } | Target::Server => {
                    "for some visitors"
                }
                Target::Ssh { .. } | Target::Git { .. } | Target::Repository { .. } => "at some moments",
            };
            format!("Open from here {whom}: {}.", words::and(&names))
        }
        Verdict::Unknown if is_unseen(view, station) => {
            "No server was found by which people send and read the domain's mail.".into()
        }
        Verdict::Unknown => format!("Too little was measured for {}.", words::and(&names)),
        Verdict::Protected => "Whoever sits here sees encrypted traffic and cannot change it.".into(),
    };
    PathMark { verdict, attacks, because }
}

/// A method and how open it is to somebody at one station.
struct Here {
    id: AttackId,
    verdict: Verdict,
}

/// How open a method is from one station. Mail goes two ways, from server to server and from people to their servers, and
/// what is open on one of them says nothing of who sits on the other alone: there the findings that work from the
/// station decide.
fn at_station(view: &View<'_>, station: Station, verdict: &AttackVerdict, findings: &[Finding]) -> Verdict {
    let attack =
        crate::attacks().iter().find(|attack| attack.id == verdict.id && attack.concerns(view.target));
    let Some(attack) = attack.filter(|_| matches!(view.target, Target::Mail { .. })) else {
        return verdict.verdict;
    };
    let from_here = findings
        .iter()
        .filter(|finding| finding.attacks.contains(&verdict.id) && finding.from.contains(&station))
        .filter_map(|finding| (attack.weigh)(finding))
        .max();
    match from_here {
        Some(open) => open,
        None if is_unseen(view, station) => Verdict::Unknown,
        None if matches!(verdict.verdict, Verdict::Protected | Verdict::Unknown) => verdict.verdict,
        None if (attack.gaps)(view).is_empty() => Verdict::Protected,
        None => Verdict::Unknown,
    }
}

/// True where nothing was met that passes a station: people's programs were not found, and mail between servers does not go
/// there.
fn is_unseen(view: &View<'_>, station: Station) -> bool {
    matches!(view.target, Target::Mail { .. })
        && matches!(station, Station::Wifi | Station::Router)
        && view.mail.takers().next().is_some()
        && view.mail.open_services().next().is_none()
}

fn works_from(target: &Target, id: AttackId, station: Station) -> bool {
    let of_target = crate::attacks().iter().filter(|attack| attack.concerns(target));
    of_target.into_iter().any(|attack| attack.id == id && attack.from.contains(&station))
}
