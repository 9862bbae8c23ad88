//! Browsers: profiles, policies, extensions, and ports by which they can be steered.

mod chromium;
mod firefox;
mod processes;

use midwatch_model::{
    BrowserSetting, BrowserSettingKind, Fact, LocalBrowser, Outcome, Reason, ReasonKind, Unread,
};
use serde_json::Value;

use crate::System;
use crate::lines;
use crate::system::Place;

pub(crate) use firefox::{Found, profiles as firefox_profiles};

/// Settings of one profile that are listed.
const MAX_FOUND: usize = 500;

/// What is there of Firefox, Chromium and their kin.
pub fn look(system: &System) -> Vec<(String, Fact)> {
    let (system, shut) = system.without_shut_home();
    let mut all = Vec::new();
    if let Some(unread) = shut {
        let mut gather = Gather::new(&system, "A browser of this user", "~");
        gather.browser.https_only = unread.why.clone().into();
        gather.browser.unread.push(unread);
        all.push(gather.browser);
    }
    all.extend(firefox::look(&system));
    all.extend(chromium::look(&system));
    all.extend(processes::look(&system));
    let fact = |mut browser: LocalBrowser| {
        browser.found.truncate(MAX_FOUND);
        (browser.profile.clone(), Fact::LocalBrowser(Box::new(browser)))
    };
    all.into_iter().map(fact).collect()
}

/// A profile or directory of policies while it is read.
struct Gather<'s> {
    system: &'s System,
    browser: LocalBrowser,
}

impl<'s> Gather<'s> {
    fn new(system: &'s System, browser: &str, profile: &str) -> Self {
        let why = "policies and processes do not tell";
        let browser = LocalBrowser {
            browser: browser.into(),
            profile: profile.into(),
            https_only: Outcome::unmeasured(ReasonKind::NotAsked, why),
            found: Vec::new(),
            unread: Vec::new(),
        };
        Gather { system, browser }
    }

    fn add(&mut self, kind: BrowserSettingKind, name: &str, value: &str, place: &str) {
        self.browser.found.push(BrowserSetting {
            kind,
            name: lines::value(name),
            value: lines::value(value),
            file: place.into(),
        });
    }

    fn text(&mut self, place: &Place) -> Option<String> {
        self.system.text_or(place, &mut self.browser.unread)
    }

    /// A file of JSON; one that is none is named as not read.
    fn json(&mut self, place: &Place) -> Option<Value> {
        let text = self.text(place)?;
        match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
            Ok(value) => Some(value),
            Err(error) => {
                let detail = format!("{} is no JSON ({error})", place.shown);
                let why = Reason::new(ReasonKind::Protocol, detail);
                self.browser.unread.push(Unread { file: place.shown.clone(), why });
                None
            }
        }
    }

    /// True where anything came of it.
    fn is_of_note(&self) -> bool {
        !self.browser.found.is_empty() || !self.browser.unread.is_empty()
    }
}

/// A value of JSON on one line: text as it is.
fn line_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// True for a pattern that matches every page (<https://developer.chrome.com/docs/extensions/develop/concepts/match-patterns>).
fn matches_all(pattern: &str) -> bool {
    matches!(pattern, "<all_urls>" | "*://*/*" | "http://*/*" | "https://*/*")
}

/// The patterns of a list that match every page.
fn all_pages(list: Option<&Value>) -> bool {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).any(matches_all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    pub(super) fn browsers(tree: &Tree) -> Vec<LocalBrowser> {
        let browser = |(_, fact): (String, Fact)| match fact {
            Fact::LocalBrowser(browser) => *browser,
            other => panic!("{other:?}"),
        };
        look(&tree.system).into_iter().map(browser).collect()
    }

    /// The settings of all, each as one line.
    pub(super) fn told(browsers: &[LocalBrowser]) -> Vec<String> {
        let line = |one: &BrowserSetting| format!("{:?} {}={}", one.kind, one.name, one.value);
        browsers.iter().flat_map(|browser| browser.found.iter().map(line)).collect()
    }

    #[test]
    fn a_computer_without_browsers_has_none() {
        assert_eq!(browsers(&Tree::new(&[])), []);
    }
}
