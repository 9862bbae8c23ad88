//! The story, played: what the cells of the table rest on, and that the book says what comes out.

use midwatch_lab::story::{Attack, Cure, Random, markdown, play, story};
use midwatch_model::{Person, Story, StoryResult, StoryVerdict, StoryWay};

async fn told(cures: &[Cure], random: &Random) -> Story {
    story(cures, random).await.expect("played")
}

async fn result(attack: Attack, cure: Cure) -> StoryResult {
    play(attack, cure, &Random::seeded(b"a test")).await.expect("played").result
}

const BOTH: [Person; 2] = [Person::Elizabeth, Person::David];

/// Written from a run: `STORY_TABLE=write cargo nextest run -p midwatch-lab`.
#[tokio::test(flavor = "multi_thread")]
async fn the_table_is_what_the_documents_say() {
    let story = told(&Cure::ALL, &Random::seeded(b"the story")).await;
    let table = markdown(&story.table);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = root.join("src/story/table.md");
    if std::env::var_os("STORY_TABLE").is_some_and(|value| value == "write") {
        std::fs::write(&own, &table).expect("written");
    }
    assert_eq!(std::fs::read_to_string(own).expect("the table"), table);
    assert!(story.as_documented);
    let book = std::fs::read_to_string(root.join("../../docs/src/story.md")).expect("the page of the book");
    assert!(book.contains(&table), "docs/src/story.md has another table than this:\n{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_verification_she_reads_and_changes_and_both_are_content() {
    let result = result(Attack::SwapFirst, Cure::None).await;
    assert_eq!(result.verdict, StoryVerdict::NotStopped);
    assert_eq!(result.seen_by, []);
    assert_eq!(result.read, ["Meet me at eight at the old bridge.", "I will be at the bridge at eight."]);
    assert_eq!(result.believed, ["Meet me at ten at the mill.", "I cannot come before ten."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cure_but_memory_stops_her_at_the_first_meeting() {
    for cure in [Cure::Fingerprint, Cure::Words, Cure::Exchange, Cure::Certificate] {
        let result = result(Attack::SwapFirst, cure).await;
        assert_eq!((result.verdict, &result.seen_by[..]), (StoryVerdict::Stopped, &BOTH[..]), "{cure}");
        assert_eq!((result.read.len(), result.believed.len()), (0, 0), "{cure}");
    }
    let memory = result(Attack::SwapFirst, Cure::Memory).await;
    assert_eq!((memory.verdict, memory.read.len()), (StoryVerdict::NotStopped, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stops_her_later_and_is_alarmed_by_an_honest_change() {
    assert_eq!(result(Attack::SwapLater, Cure::Memory).await.verdict, StoryVerdict::Stopped);
    assert_eq!(result(Attack::Excuse, Cure::Memory).await.verdict, StoryVerdict::NotStopped);
    let honest = result(Attack::NewKey, Cure::Memory).await;
    assert_eq!((honest.verdict, honest.seen_by), (StoryVerdict::FalseAlarm, vec![Person::Elizabeth]));
    for cure in Cure::ALL.into_iter().filter(|cure| *cure != Cure::Memory) {
        assert_eq!(result(Attack::NewKey, cure).await.verdict, StoryVerdict::Quiet, "{cure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_cure_fails_where_it_says_so() {
    for (attack, cure) in [
        (Attack::LookAlike, Cure::Fingerprint),
        (Attack::Imitate, Cure::Fingerprint),
        (Attack::Imitate, Cure::Words),
        (Attack::Imitate, Cure::Exchange),
        (Attack::Overhear, Cure::Exchange),
        (Attack::MisIssue, Cure::Certificate),
    ] {
        let result = result(attack, cure).await;
        assert_eq!(result.verdict, StoryVerdict::NotStopped, "{} against {cure}", attack.id());
        assert_eq!((result.read.len(), result.believed.len(), result.seen_by.len()), (2, 2, 0), "{cure}");
    }
    for (attack, cure) in [
        (Attack::LookAlike, Cure::Words),
        (Attack::Overhear, Cure::Fingerprint),
        (Attack::Overhear, Cure::Words),
        (Attack::Guess, Cure::Exchange),
    ] {
        let result = result(attack, cure).await;
        assert_eq!((result.verdict, &result.seen_by[..]), (StoryVerdict::Stopped, &BOTH[..]), "{cure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_verification_is_for_and_what_needs_none() {
    for cure in Cure::ALL {
        let listens = result(Attack::Listen, cure).await;
        assert_eq!((listens.verdict, listens.read.len()), (StoryVerdict::Stopped, 0), "{cure}");
        let changed = result(Attack::Flip, cure).await;
        assert_eq!(
            (changed.verdict, changed.seen_by),
            (StoryVerdict::Stopped, vec![Person::David]),
            "{cure}"
        );
        let again = result(Attack::Replay, cure).await;
        assert_eq!((again.verdict, again.read.len()), (StoryVerdict::NotStopped, 0), "{cure}");
        assert_eq!(again.believed, ["Meet me at eight at the old bridge."], "{cure}");
    }
}

/// The steps are written down in the order of cause and effect, whatever the tasks' turns.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_keys_give_the_same_story() {
    let random = Random::seeded(b"twice");
    assert_eq!(told(&Cure::ALL, &random).await, told(&Cure::ALL, &random).await);
    let other = told(&[Cure::None], &Random::seeded(b"other")).await;
    assert_ne!(other.chapters[0], told(&[Cure::None], &random).await.chapters[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_says_what_is_seen_and_arrows_go_where_the_line_goes() {
    let story = told(&Cure::ALL, &Random::seeded(b"shape")).await;
    assert_eq!(story.chapters.len(), Cure::ALL.len());
    for chapter in &story.chapters {
        assert!(chapter.plays.len() >= 2, "{}", chapter.cure);
        let fails = chapter.plays.iter().filter(|play| play.result.verdict == StoryVerdict::NotStopped);
        assert!(fails.count() >= 1 || chapter.cure == "none", "{}: it fails somewhere", chapter.cure);
        for play in &chapter.plays {
            for scene in &play.scenes {
                assert!(!scene.steps.is_empty() && !scene.title.is_empty(), "{}", play.title);
                for step in &scene.steps {
                    assert!(Person::ALL.into_iter().any(|who| !step.seen(who).is_empty()), "{}", step.what);
                    for arrow in &step.arrows {
                        assert_ne!(arrow.from, arrow.to);
                        let jessica = [arrow.from, arrow.to].contains(&Person::Jessica);
                        assert!(jessica || arrow.over == StoryWay::Telephone, "{}", step.what);
                        assert!(!arrow.forged || arrow.from == Person::Jessica, "{}", step.what);
                        assert!(arrow.label.chars().count() <= 15, "{}: it has to fit", arrow.label);
                    }
                }
            }
        }
    }
}

#[test]
fn names_are_kebab_case_and_read_back() {
    for cure in Cure::ALL {
        assert_eq!(cure.id().parse(), Ok(cure));
    }
    assert!("firewall".parse::<Cure>().expect_err("none").to_string().contains("fingerprint, words"));
    for id in Cure::ALL.map(Cure::id).into_iter().chain(Attack::ALL.map(Attack::id)) {
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{id}");
    }
}
