//! What is told of a set of sources: everywhere, all but some, some, nowhere, or not known.

use midwatch_model::{Outcome, Passage, Reason};

use super::sources::{Family, Flow, Sources};

/// From which sources something lets through. `told` is for nobody: whether senders hear of it. `why_not` is the reason
/// where what is known decides nothing.
pub(super) fn of(
    accepted: &Flow,
    family: Family,
    told: bool,
    why_not: impl FnOnce() -> Reason,
) -> Outcome<Passage> {
    let Flow { sure, maybe } = accepted;
    if sure.is_most(family) {
        let kept_out = Sources::all(family).without(sure);
        return Outcome::seen(match kept_out.named(family) {
            (sources, _) if sources.is_empty() => Passage::Everywhere,
            (sources, more) => Passage::AllBut { sources, more },
        });
    }
    if maybe.is_none() {
        return Outcome::seen(Passage::Nowhere { told });
    }
    // Where it is not sure of all of these, it is sure that no others get through.
    if !maybe.is_most(family) {
        let (sources, more) = maybe.named(family);
        return Outcome::seen(Passage::Only { sources, more });
    }
    why_not().into()
}
