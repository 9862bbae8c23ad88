//! What happened, as it happens: each writes down what they do and see before they send anything on, so that the steps stand
//! in the order of cause and effect, and in the same order each time.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use midwatch_model::{Person, StoryArrow, StoryScene, StoryStep, StoryWay};

/// What the three write into.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Record>>);

/// What is written down.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) scenes: Vec<StoryScene>,
    /// Texts that were written, by whom.
    pub(crate) wrote: Vec<(Person, String)>,
    /// Texts that were believed to be the other's, by whom.
    pub(crate) believed: Vec<(Person, String)>,
    /// Texts that Jessica opened.
    pub(crate) read: Vec<String>,
    /// Who saw that something is wrong.
    pub(crate) alarmed: BTreeSet<Person>,
    /// Whether Jessica did what the attack is: what was not tried was not stopped.
    pub(crate) tried: bool,
}

impl Log {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new scene begins. Where nothing happened in the one before, the two are one.
    pub(crate) fn scene(&self, title: &str) {
        let mut record = self.record();
        let empty = record.scenes.pop_if(|scene| scene.steps.is_empty());
        let title = match empty {
            Some(before) => format!("{}: {}", before.title, title.to_lowercase()),
            None => title.to_owned(),
        };
        record.scenes.push(StoryScene { title, steps: Vec::new() });
    }

    /// A new step begins.
    pub(crate) fn step(&self, what: impl Into<String>) {
        let step = StoryStep {
            what: what.into(),
            arrows: Vec::new(),
            elizabeth: String::new(),
            jessica: String::new(),
            david: String::new(),
        };
        if let Some(scene) = self.record().scenes.last_mut() {
            scene.steps.push(step);
        }
    }

    /// Something goes over the network.
    pub(crate) fn sends(&self, from: Person, to: Person, label: &str, forged: bool) {
        self.arrow(from, to, label, StoryWay::Network, forged);
    }

    /// Something is said on the telephone.
    pub(crate) fn says(&self, from: Person, to: Person, label: &str, forged: bool) {
        self.arrow(from, to, label, StoryWay::Telephone, forged);
    }

    fn arrow(&self, from: Person, to: Person, label: &str, over: StoryWay, forged: bool) {
        let arrow = StoryArrow { from, to, label: label.to_owned(), over, forged };
        self.last(|step| step.arrows.push(arrow));
    }

    /// Somebody sees something of this step.
    pub(crate) fn sees(&self, who: Person, what: &str) {
        self.last(|step| {
            let seen = match who {
                Person::Elizabeth => &mut step.elizabeth,
                Person::Jessica => &mut step.jessica,
                Person::David => &mut step.david,
            };
            if !seen.is_empty() {
                seen.push(' ');
            }
            seen.push_str(what);
        });
    }

    fn last(&self, change: impl FnOnce(&mut StoryStep)) {
        let mut record = self.record();
        if let Some(step) = record.scenes.last_mut().and_then(|scene| scene.steps.last_mut()) {
            change(step);
        }
    }

    /// Somebody wrote this.
    pub(crate) fn wrote(&self, who: Person, text: &str) {
        self.record().wrote.push((who, text.to_owned()));
    }

    /// Somebody believes that the other wrote this.
    pub(crate) fn believes(&self, who: Person, text: &str) {
        self.record().believed.push((who, text.to_owned()));
    }

    /// Jessica opened this.
    pub(crate) fn reads(&self, text: &str) {
        self.record().read.push(text.to_owned());
    }

    /// Somebody sees that something is wrong, and stops.
    pub(crate) fn alarm(&self, who: Person) {
        self.record().alarmed.insert(who);
    }

    /// Jessica does what the attack is.
    pub(crate) fn tries(&self) {
        self.record().tried = true;
    }

    /// All of it, once nobody writes any more.
    pub(crate) fn take(&self) -> Record {
        mem::take(&mut *self.record())
    }
}
