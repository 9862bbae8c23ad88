//! What the renderers of the story share.

use midwatch_model::{StoryResult, StoryVerdict, Verdict};

/// How it is told apart without colour.
pub(crate) fn sign(verdict: StoryVerdict) -> char {
    match verdict {
        StoryVerdict::Stopped | StoryVerdict::Quiet => '✓',
        StoryVerdict::NotStopped => '✗',
        StoryVerdict::FalseAlarm => '!',
        StoryVerdict::DoesNotApply => '–',
    }
}

/// Whose colour it has.
pub(crate) fn mark(verdict: StoryVerdict) -> Verdict {
    match verdict {
        StoryVerdict::Stopped | StoryVerdict::Quiet => Verdict::Protected,
        StoryVerdict::NotStopped => Verdict::Exposed,
        StoryVerdict::FalseAlarm => Verdict::Partly,
        StoryVerdict::DoesNotApply => Verdict::Unknown,
    }
}

/// The first letters of those who see it.
pub(crate) fn initials(result: &StoryResult) -> String {
    result.seen_by.iter().filter_map(|who| who.name().chars().next()).collect()
}

/// With a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
