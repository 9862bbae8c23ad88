//! A short story, made up, with everything that a step may hold.

use midwatch_model::Person::{David, Elizabeth, Jessica};
use midwatch_model::*;

use super::strings;

fn name(id: &str, name: &str) -> StoryName {
    StoryName { id: id.into(), name: name.into() }
}

fn arrow(from: Person, to: Person, label: &str, over: StoryWay, forged: bool) -> StoryArrow {
    StoryArrow { from, to, label: label.into(), over, forged }
}

fn step(what: &str, arrows: Vec<StoryArrow>, [elizabeth, jessica, david]: [&str; 3]) -> StoryStep {
    StoryStep {
        what: what.into(),
        arrows,
        elizabeth: elizabeth.into(),
        jessica: jessica.into(),
        david: david.into(),
    }
}

fn result(verdict: StoryVerdict, seen_by: &[Person], read: &[&str], sentence: &str) -> StoryResult {
    StoryResult {
        verdict,
        seen_by: seen_by.to_vec(),
        read: strings(read),
        believed: strings(read),
        sentence: sentence.into(),
    }
}

fn swapped() -> StoryScene {
    use StoryWay::Network;
    StoryScene {
        title: "The keys".into(),
        steps: vec![
            step(
                "Elizabeth asks David for his key, and sends hers.",
                vec![
                    arrow(Elizabeth, Jessica, "key 9582 33d0", Network, false),
                    arrow(Jessica, David, "key 45f8 b129", Network, true),
                ],
                [
                    "Sends her key 9582 33d0.",
                    "Keeps Elizabeth's key 9582 33d0, and sends her own 45f8 b129 in its place.",
                    "Gets the key 45f8 b129 as Elizabeth's.",
                ],
            ),
            step(
                "David sends his key.",
                vec![
                    arrow(David, Jessica, "key 8389 f5a2", Network, false),
                    arrow(Jessica, Elizabeth, "key 45f8 b129", Network, true),
                ],
                [
                    "Gets the key 45f8 b129 as David's.",
                    "Keeps David's key 8389 f5a2, and sends her own 45f8 b129 in its place.",
                    "Sends his key 8389 f5a2.",
                ],
            ),
        ],
    }
}

fn called() -> StoryScene {
    use StoryWay::Telephone;
    StoryScene {
        title: "The call".into(),
        steps: vec![
            step(
                "Elizabeth calls David, and asks him to read the fingerprint of his key.",
                vec![arrow(David, Elizabeth, "fingerprint", Telephone, false)],
                [
                    "Hears “8389 f5a2 … 77aa”. Compares every digit with the key that came: not the same. She says so, and stops.",
                    "",
                    "Reads “8389 f5a2 … 77aa”. Hears that it is not what Elizabeth has: somebody is between them.",
                ],
            ),
            step(
                "Jessica calls David, with Elizabeth's voice.",
                vec![
                    arrow(Elizabeth, David, "code", Telephone, false),
                    arrow(David, Jessica, "fingerprint", Telephone, false),
                    arrow(Jessica, David, "fingerprint", Telephone, true),
                ],
                ["", "Says that it is the same.", ""],
            ),
        ],
    }
}

/// The short story.
pub fn story() -> Story {
    let lost = result(
        StoryVerdict::NotStopped,
        &[],
        &["Meet me at eight at the old bridge."],
        "Jessica reads and changes what they write, and both are content.",
    );
    let seen = result(
        StoryVerdict::Stopped,
        &[Elizabeth, David],
        &[],
        "Both see that something is wrong, and no letter is written.",
    );
    let play = |attack: &str, title: &str, scenes: Vec<StoryScene>, result: &StoryResult| StoryPlay {
        attack: attack.into(),
        title: title.into(),
        scenes,
        result: result.clone(),
    };
    let first = "Jessica swaps the keys at the first meeting";
    let chapters = vec![
        StoryChapter {
            cure: "none".into(),
            title: "Nothing is verified".into(),
            what: "Elizabeth and David take the keys that come.".into(),
            fails: "Whoever is in the middle when the keys are exchanged reads and changes everything."
                .into(),
            plays: vec![play("swap-first", first, vec![swapped()], &lost)],
        },
        StoryChapter {
            cure: "fingerprint".into(),
            title: "Fingerprints, read on the telephone".into(),
            what: "Each reads aloud the fingerprint of the own key.".into(),
            fails: "Who is in a hurry compares the first digits.".into(),
            plays: vec![
                play("swap-first", first, vec![swapped(), called()], &seen),
                play("imitate", "Jessica imitates both on the telephone", vec![called()], &lost),
            ],
        },
    ];
    let none =
        result(StoryVerdict::DoesNotApply, &[], &[], "This cure has nothing that the attack could work on.");
    let quiet = result(StoryVerdict::Quiet, &[], &[], "The new key is taken, and nobody is alarmed.");
    let alarm =
        result(StoryVerdict::FalseAlarm, &[Elizabeth], &[], "Elizabeth sees that something is wrong.");
    let row = |id: &str, title: &str, cells: [&StoryResult; 6]| StoryRow {
        attack: name(id, title),
        about: format!("{title}, and nothing else."),
        cells: cells.into_iter().cloned().collect(),
    };
    Story {
        schema: STORY_SCHEMA.into(),
        midwatch: "0.1.0".into(),
        chapters,
        table: StoryTable {
            cures: vec![
                name("none", "nothing"),
                name("fingerprint", "fingerprint"),
                name("words", "words"),
                name("exchange", "code"),
                name("certificate", "certificate"),
                name("tofu", "memory"),
            ],
            rows: vec![
                row(
                    "swap-first",
                    "swaps the keys at the first meeting",
                    [&lost, &seen, &seen, &seen, &seen, &lost],
                ),
                row(
                    "imitate",
                    "swaps the keys, and imitates both on the telephone",
                    [&none, &lost, &lost, &lost, &none, &none],
                ),
                row(
                    "new-key",
                    "nobody attacks: David has a new key",
                    [&quiet, &quiet, &quiet, &quiet, &quiet, &alarm],
                ),
            ],
        },
        as_documented: true,
    }
}
