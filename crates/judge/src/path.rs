//! The way to the target, station by station.

use midwatch_model::{AttackId, AttackVerdict, PathHop, PathMark, Station, Verdict};

use crate::words;

/// Marks every station with the worst verdict of the methods that work from there.
pub(crate) fn path(verdicts: &[AttackVerdict]) -> Vec<PathHop> {
    Station::ALL.into_iter().map(|station| PathHop { station, mark: mark(station, verdicts) }).collect()
}

fn mark(station: Station, verdicts: &[AttackVerdict]) -> PathMark {
    let here: Vec<&AttackVerdict> =
        verdicts.iter().filter(|verdict| works_from(verdict.id, station)).collect();
    let Some(verdict) = here.iter().map(|verdict| verdict.verdict).max() else {
        let because = match station {
            Station::You => "This run looks at the site, not at the visitor's computer.",
            _ => "This run looks at the server from outside.",
        };
        return PathMark { verdict: Verdict::Unknown, attacks: Vec::new(), because: because.into() };
    };
    let attacks: Vec<AttackId> =
        here.iter().filter(|known| known.verdict == verdict).map(|known| known.id).collect();
    let names: Vec<String> = attacks.iter().map(|attack| words::uncapitalised(attack.name())).collect();
    let because = match verdict {
        Verdict::Exposed => format!("Open from here: {}.", words::and(&names)),
        Verdict::Partly => format!("Open from here for some visitors: {}.", words::and(&names)),
        Verdict::Unknown => format!("Too little was measured for {}.", words::and(&names)),
        Verdict::Protected => "Whoever sits here sees encrypted traffic and cannot change it.".into(),
    };
    PathMark { verdict, attacks, because }
}

fn works_from(id: AttackId, station: Station) -> bool {
    crate::attacks().iter().any(|attack| attack.id == id && attack.from.contains(&station))
}
