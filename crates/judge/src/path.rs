//! The way to the target, station by station.

use midwatch_model::{AttackId, AttackVerdict, PathHop, PathMark, Station, Target, Verdict};

use crate::words;

/// Marks every station with the worst verdict of the methods that work from there.
pub(crate) fn path(target: &Target, verdicts: &[AttackVerdict]) -> Vec<PathHop> {
    let hop = |station| PathHop { station, mark: mark(target, station, verdicts) };
    Station::ALL.into_iter().map(hop).collect()
}

fn mark(target: &Target, station: Station, verdicts: &[AttackVerdict]) -> PathMark {
    let here: Vec<&AttackVerdict> =
        verdicts.iter().filter(|verdict| works_from(target, verdict.id, station)).collect();
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
                Target::Mail { .. } => "for some mail",
                Target::Tls { starttls: Some(_), .. } => "for some programs",
                Target::Site { .. } | Target::Tls { .. } | Target::Here { .. } | Target::Server => {
                    "for some visitors"
                }
                Target::Ssh { .. } | Target::Git { .. } | Target::Repository { .. } => "at some moments",
            };
            format!("Open from here {whom}: {}.", words::and(&names))
        }
        Verdict::Unknown => format!("Too little was measured for {}.", words::and(&names)),
        Verdict::Protected => "Whoever sits here sees encrypted traffic and cannot change it.".into(),
    };
    PathMark { verdict, attacks, because }
}

fn works_from(target: &Target, id: AttackId, station: Station) -> bool {
    let of_target = crate::attacks().iter().filter(|attack| attack.concerns(target));
    of_target.into_iter().any(|attack| attack.id == id && attack.from.contains(&station))
}
