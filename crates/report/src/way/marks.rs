//! The mark of a hop, from the judge's verdicts.

use midwatch_model::{AttackVerdict, Because, Fact, Outcome, TargetReport, Verdict};

use super::Hop;

/// Reasons that are told of one hop.
const MOST: usize = 3;

/// Marks a hop with the worst of the verdict on its station and of the verdicts that rest on it.
pub(super) fn mark(hop: &mut Hop<'_>, target: &TargetReport) {
    let station = target.path.iter().find(|known| hop.place.station() == Some(known.station));
    // A station from which no method works was not looked at.
    let station = station.filter(|known| !known.mark.attacks.is_empty());
    let resting: Vec<(Verdict, &str)> = target
        .attacks
        .iter()
        .flat_map(|attack| attack.because.iter().map(move |link| (attack, link)))
        .filter(|(attack, link)| rests(hop, attack, link))
        .map(|(attack, link)| (attack.verdict, link.text.as_str()))
        .collect();
    let verdicts = resting.iter().map(|(verdict, _)| *verdict);
    let worst = verdicts.chain(station.map(|known| known.mark.verdict)).max();
    hop.verdict = worst.unwrap_or(Verdict::Unknown);
    match station.filter(|known| known.mark.verdict == hop.verdict) {
        Some(known) => {
            hop.because.push(known.mark.because.clone());
            if hop.verdict == Verdict::Unknown {
                let attacks = target.attacks.iter().filter(|attack| known.mark.attacks.contains(&attack.id));
                hop.because.extend(gaps(hop, attacks));
            }
        }
        None => {
            let worst = resting.iter().filter(|(verdict, _)| *verdict == hop.verdict);
            let mut texts: Vec<String> = worst.map(|(_, text)| sentence(text)).collect();
            texts.dedup();
            texts.truncate(MOST);
            hop.because.extend(texts);
        }
    }
    if hop.because.is_empty() {
        hop.because.push(why_unknown(hop, target));
    }
}

/// True for a link of a chain that is about this hop: of an open method where a finding of it stands here, and at a far
/// end, on which no method works, where it rests on what was seen there.
fn rests(hop: &Hop<'_>, attack: &AttackVerdict, link: &Because) -> bool {
    let open = matches!(attack.verdict, Verdict::Exposed | Verdict::Partly);
    let stands = || hop.stands.iter().any(|one| link.findings.iter().any(|id| id == one.id));
    let seen = || link.observations.iter().any(|id| hop.observations.contains(&id.as_str()));
    open && stands() || hop.place.station().is_none() && seen()
}

/// What was seen at the hop of methods that too little is known of.
fn gaps<'a>(hop: &Hop<'_>, attacks: impl Iterator<Item = &'a AttackVerdict>) -> Vec<String> {
    let links =
        attacks.filter(|attack| attack.verdict == Verdict::Unknown).flat_map(|attack| &attack.because);
    let here =
        links.filter(|link| link.observations.iter().any(|id| hop.observations.contains(&id.as_str())));
    let mut texts: Vec<String> = here.map(|link| sentence(&link.text)).collect();
    texts.dedup();
    texts.truncate(MOST);
    texts
}

/// The first reason why nothing was measured at a hop.
fn why_unknown(hop: &Hop<'_>, target: &TargetReport) -> String {
    let here = target.observations.iter().filter(|seen| hop.observations.contains(&seen.id.as_str()));
    let why = here.filter_map(|seen| match &seen.fact {
        Fact::Addresses(addresses) => reason(&addresses.addresses),
        Fact::Echo(echo) => reason(&echo.hello).or_else(|| reason(&echo.request)),
        _ => None,
    });
    why.map(|why| format!("Not measured: {why}.")).next().unwrap_or_else(|| "No verdict rests on it.".into())
}

fn reason<T>(outcome: &Outcome<T>) -> Option<&str> {
    outcome.why_not().map(|why| why.detail.as_str())
}

/// A link's text as a sentence of its own. Names keep their letters.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    if text.split(' ').next().is_some_and(|word| !word.chars().all(char::is_alphabetic)) {
        return format!("{}.", text.trim_end_matches('.'));
    }
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
