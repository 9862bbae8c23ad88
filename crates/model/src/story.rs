//! The story that `midwatch lab story` plays: two people who write to each other, and one between them.
//!
//! What is told here was played before: the lab runs the people as tasks that exchange real keys and real letters, and
//! writes down what each of them saw. Renderers show it and add nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The form of a story as JSON.
pub const STORY_SCHEMA: &str = "midwatch-story/1";

/// Whoever takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Person {
    /// She writes first.
    Elizabeth,
    /// She is between the two.
    Jessica,
    /// He answers.
    David,
}

impl Person {
    /// All of them, as they stand on the way: Jessica is in the middle.
    pub const ALL: [Person; 3] = [Person::Elizabeth, Person::Jessica, Person::David];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Person::Elizabeth => "Elizabeth",
            Person::Jessica => "Jessica",
            Person::David => "David",
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The whole story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// [`STORY_SCHEMA`].
    pub schema: String,
    /// The version of midwatch.
    pub midwatch: String,
    /// One for each cure that was played.
    pub chapters: Vec<StoryChapter>,
    /// Every attack against every cure that was played.
    pub table: StoryTable,
    /// Whether every cell came out as the documentation has it.
    pub as_documented: bool,
}

/// One cure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryChapter {
    /// Its id, kebab-case.
    pub cure: String,
    /// Its heading.
    pub title: String,
    /// What the two do.
    pub what: String,
    /// Where it still fails.
    pub fails: String,
    /// What is shown of it, step by step.
    pub plays: Vec<StoryPlay>,
}

/// One attack against one cure, as it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryPlay {
    /// The id of the attack, kebab-case.
    pub attack: String,
    /// What Jessica does.
    pub title: String,
    /// What happened.
    pub scenes: Vec<StoryScene>,
    /// What came of it.
    pub result: StoryResult,
}

/// Steps that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryScene {
    /// Its heading.
    pub title: String,
    /// In order.
    pub steps: Vec<StoryStep>,
}

/// One thing that somebody does, and what each of the three sees of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryStep {
    /// What is done, in one sentence.
    pub what: String,
    /// What goes from whom to whom.
    pub arrows: Vec<StoryArrow>,
    /// What Elizabeth sees of it; empty for nothing.
    pub elizabeth: String,
    /// What Jessica sees of it; empty for nothing.
    pub jessica: String,
    /// What David sees of it; empty for nothing.
    pub david: String,
}

impl StoryStep {
    /// What this person sees; empty for nothing.
    pub fn seen(&self, who: Person) -> &str {
        match who {
            Person::Elizabeth => &self.elizabeth,
            Person::Jessica => &self.jessica,
            Person::David => &self.david,
        }
    }
}

/// A message from one to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryArrow {
    /// Who sends it.
    pub from: Person,
    /// Who gets it.
    pub to: Person,
    /// What it is, in a few words.
    pub label: String,
    /// How it travels.
    pub over: StoryWay,
    /// Whether it is Jessica's own, in the place of another's.
    pub forged: bool,
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoryWay {
    /// A TCP connection on loopback.
    Network,
    /// A telephone call.
    Telephone,
}

/// What came of one attack against one cure, decided by what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryResult {
    /// In one word.
    pub verdict: StoryVerdict,
    /// Who saw that something is wrong, and stopped.
    pub seen_by: Vec<Person>,
    /// Letters that Jessica read.
    pub read: Vec<String>,
    /// Letters that were believed, and that the other had not written, or not so often.
    pub believed: Vec<String>,
    /// The same in a sentence or two.
    pub sentence: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoryVerdict {
    /// Jessica read nothing, and nobody believed anything false.
    Stopped,
    /// She read a letter, or a false or an old one was believed.
    NotStopped,
    /// The attack has nothing to work on: the cure does without.
    DoesNotApply,
    /// Nobody attacked, and nobody was alarmed.
    Quiet,
    /// Nobody attacked, and somebody was alarmed.
    FalseAlarm,
}

impl StoryVerdict {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            StoryVerdict::Stopped => "stopped",
            StoryVerdict::NotStopped => "not stopped",
            StoryVerdict::DoesNotApply => "does not apply",
            StoryVerdict::Quiet => "no alarm",
            StoryVerdict::FalseAlarm => "false alarm",
        }
    }
}

/// Every attack against every cure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryTable {
    /// The cures, one for each column: id and name.
    pub cures: Vec<StoryName>,
    /// The attacks.
    pub rows: Vec<StoryRow>,
}

/// An id and a name for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryName {
    /// Kebab-case.
    pub id: String,
    /// For people, short.
    pub name: String,
}

/// One attack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryRow {
    /// Which.
    pub attack: StoryName,
    /// What Jessica does, in one sentence.
    pub about: String,
    /// What came of it, one for each column.
    pub cells: Vec<StoryResult>,
}
