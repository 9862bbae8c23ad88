//! Settings of programs: environment, configuration files of tools, proxies, preloaded libraries.
//!
//! A module for each form. Every place is read as text; includes of one file in another are not followed, except for
//! the directories that are part of a tool's own search.

pub(crate) mod apt;
mod desktop;
mod environment;
mod git;
mod ssh;
mod tools;

use midwatch_model::{Fact, LocalSetting, LocalSettingKind, LocalSettings, Unread};

use crate::system::Place;
use crate::{HERE, System, lines};

/// Settings that are listed.
const MAX_FOUND: usize = 1000;

/// What the environment and the files of a system and of a user's home say.
pub fn look(system: &System) -> (String, Fact) {
    let (system, shut) = system.without_shut_home();
    let mut gather = Gather { system: &system, settings: LocalSettings::default() };
    gather.settings.unread.extend(shut);
    environment::look(&mut gather);
    tools::look(&mut gather);
    git::look(&mut gather);
    ssh::look(&mut gather);
    apt::look(&mut gather);
    desktop::look(&mut gather);
    let mut settings = gather.settings;
    settings.found.truncate(MAX_FOUND);
    (HERE.into(), Fact::LocalSettings(settings))
}

/// What was found so far.
struct Gather<'s> {
    system: &'s System,
    settings: LocalSettings,
}

impl Gather<'_> {
    /// The text of a place, where it is there and may be read.
    fn text(&mut self, place: &Place) -> Option<String> {
        let text = self.system.text_or(place, &mut self.settings.unread)?;
        self.settings.read.push(place.shown.clone());
        Some(text)
    }

    /// The text of a file in the home.
    fn home(&mut self, path: &str) -> Option<(Place, String)> {
        let place = self.system.home(path)?;
        let text = self.text(&place)?;
        Some((place, text))
    }

    /// The files of a directory whose names end so, with their texts.
    fn all(&mut self, directory: &Place, end: &str) -> Vec<(Place, String)> {
        let places = self.system.list_or(directory, &mut self.settings.unread);
        let wanted = places.into_iter().filter(|place| place.ends_with(end));
        wanted.filter_map(|place| self.text(&place).map(|text| (place, text))).collect()
    }

    fn unread(&mut self, place: &Place, why: midwatch_model::Reason) {
        self.settings.unread.push(Unread { file: place.shown.clone(), why });
    }

    fn add(&mut self, kind: LocalSettingKind, program: &str, found: Found<'_>) {
        self.settings.found.push(LocalSetting {
            kind,
            program: program.into(),
            name: lines::value(found.name),
            value: lines::value(found.value),
            file: found.file.into(),
            line: found.line,
            scope: found.scope.map(lines::value),
        });
    }
}

/// Where a setting stands.
#[derive(Clone, Copy)]
struct Found<'a> {
    name: &'a str,
    value: &'a str,
    file: &'a str,
    line: Option<u32>,
    scope: Option<&'a str>,
}

impl<'a> Found<'a> {
    /// On a line of a file.
    fn at(place: &'a Place, line: u32, name: &'a str, value: &'a str) -> Self {
        Found { name, value, file: &place.shown, line: Some(line), scope: None }
    }

    /// For some hosts alone.
    fn within(self, scope: &'a str) -> Self {
        Found { scope: Some(scope), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    /// What is found in a tree: kind, program, name, value, and scope.
    pub(super) fn found(tree: &Tree) -> Vec<LocalSetting> {
        match look(&tree.system).1 {
            Fact::LocalSettings(settings) => settings.found,
            other => panic!("{other:?}"),
        }
    }

    /// The settings of some files, each as one line.
    pub(super) fn of(files: &[(&str, &str)]) -> Vec<String> {
        found(&Tree::new(files)).iter().map(line).collect()
    }

    pub(super) fn line(setting: &LocalSetting) -> String {
        let scope = setting.scope.as_deref().map(|scope| format!(" for {scope}")).unwrap_or_default();
        format!("{:?} {} {}={}{scope}", setting.kind, setting.program, setting.name, setting.value)
    }

    #[test]
    fn an_empty_computer_has_none() {
        let tree = Tree::new(&[]);
        let Fact::LocalSettings(settings) = look(&tree.system).1 else { panic!() };
        assert_eq!(settings, LocalSettings::default());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let tree = Tree::new(&[]);
        tree.write("/etc/ld.so.preload", &vec![b'/'; 9 * 1024 * 1024]);
        let Fact::LocalSettings(settings) = look(&tree.system).1 else { panic!() };
        assert_eq!(settings.found, []);
        assert_eq!(settings.unread.len(), 1);
        assert_eq!(settings.unread[0].file, "/etc/ld.so.preload");
    }
}
