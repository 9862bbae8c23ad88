//! Targets that cannot be measured any more. Somebody who is in the middle can also just drop what is sent, and who
//! watches nothing sees nothing: so silence is told, once, and its end.

use midwatch_model::{AttackId, Change, Likelihood, Severity, State, TargetReport};
use midwatch_store::watch::{LookLine, WatchTarget};

use crate::remember::is_silent;

/// The rule's id.
pub const ID: &str = "target-not-measured";

/// The id of its end.
pub const END: &str = "target-measured-again";

/// How bad it is. Whoever was told of the beginning is told of the end, so the alert of both has this severity.
pub const SEVERITY: Severity = Severity::Medium;

/// Looks in a row that learn nothing before that is told.
pub const PATIENCE: u32 = 3;

/// What silence began or ended with this look. `before` has the lines of earlier looks, the latest first; `known`: something
/// was met there once. A target that never answered has not fallen silent.
pub fn change(
    target: &WatchTarget,
    report: &TargetReport,
    before: &[LookLine],
    known: bool,
) -> Option<Change> {
    if !known {
        return None;
    }
    let earlier = before.iter().take_while(|line| is_silent(line)).count();
    let needed = PATIENCE as usize - 1;
    let place = target.target.whom();
    if report.state != State::NotMeasured {
        // It was told where so many looks in a row were silent.
        return (earlier > needed).then(|| Change {
            id: END.into(),
            severity: Severity::Info,
            likelihood: Likelihood::Benign,
            title: format!("{place} can be measured again"),
            expected: vec!["no answer".into()],
            met: vec!["answers".into()],
            because: vec!["The changes of this look say what differs from before the silence.".into()],
            benign: Vec::new(),
            advice: "Nothing, where no other change is told of it.".into(),
            attacks: Vec::new(),
            source: "midwatch: the end of a silence is told as its beginning was".into(),
            was: None,
            is: None,
            place,
        });
    }
    // Told with the look that makes it so many, and not again with those after.
    (earlier == needed).then(|| Change {
        id: ID.into(),
        severity: SEVERITY,
        likelihood: Likelihood::Unclear,
        title: format!("{place} could not be measured {PATIENCE} times in a row"),
        expected: vec!["answers, as before".into()],
        met: vec![report.error.clone().unwrap_or_else(|| "nothing could be measured".into())],
        because: vec![
            "What is not measured is not known to be safe: changes are not seen while it lasts.".into(),
        ],
        benign: vec![
            "The target is down or being moved.".into(),
            "This computer, or its network, has no way there at the moment.".into(),
        ],
        advice: "Look whether the target answers from elsewhere, and whether others are silent too.".into(),
        attacks: vec![AttackId::DnsSpoofing, AttackId::IpHijacking],
        source: format!("midwatch: {PATIENCE} looks in a row, so that one lost answer tells nobody"),
        was: None,
        is: None,
        place,
    })
}

/// Whether a change is the beginning (false) or the end (true) of a silence; nothing for what is neither.
pub fn is_end(change: &Change) -> Option<bool> {
    match change.id.as_str() {
        ID => Some(false),
        END => Some(true),
        _ => None,
    }
}
