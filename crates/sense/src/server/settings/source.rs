//! Files of configuration as they are read: their lines, where each stands, and every limit on reading them.

use std::collections::BTreeMap;

use midwatch_model::{
    Outcome, Reason, ReasonKind, ServerProgram, ServerProgramId, ServerSetting, SettingPlace, Unread,
};

use super::glob;
use crate::System;
use crate::lines::value;
use crate::system::Place;

/// Files that are read for one program.
const MAX_FILES: usize = 20_000;

/// How deep files may include others.
pub(super) const MAX_DEPTH: usize = 16;

/// Lines of one file that are looked at.
const MAX_LINES: usize = 100_000;

/// Settings that are kept of one program.
const MAX_SETTINGS: usize = 2000;

/// The longest line that can be replaced, in bytes.
const MAX_LINE: usize = 1000;

/// What is read for one program.
pub(super) struct Reader<'s> {
    pub(super) system: &'s System,
    /// What could not be read: of a program that has such a gap, nothing is known for certain.
    pub(super) gaps: Vec<Unread>,
    files: usize,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The file, as a path that the server knows it by.
    pub(super) file: String,
    /// Counted from 1.
    pub(super) number: u32,
    /// Trimmed.
    pub(super) text: String,
    indented: bool,
    /// As it is, where it can be replaced.
    raw: Option<String>,
}

impl Line {
    /// Where it stands.
    pub(super) fn place(&self) -> SettingPlace {
        SettingPlace { file: self.file.clone(), line: self.number, text: self.raw.clone() }
    }

    /// True where it begins with white space.
    pub(super) fn is_indented(&self) -> bool {
        self.indented
    }

    /// The same line, which is one of several that make up a setting: it cannot be replaced by itself.
    pub(super) fn partial(mut self) -> Line {
        self.raw = None;
        self
    }
}

impl<'s> Reader<'s> {
    pub(super) fn new(system: &'s System) -> Self {
        Reader { system, gaps: Vec::new(), files: 0 }
    }

    /// Every line of a file, comments and empty ones too; none where there is no such file.
    pub(super) fn lines(&mut self, place: &Place) -> Option<Vec<Line>> {
        self.files += 1;
        if self.files > MAX_FILES {
            let detail = format!("{} and what it belongs to are more than {MAX_FILES} files", place.shown);
            self.gap(place, Reason::new(ReasonKind::Limit, detail));
            return None;
        }
        let bytes = match self.system.read(place) {
            Ok(bytes) => bytes?,
            Err(why) => {
                self.gap(place, why);
                return None;
            }
        };
        let path = place.path();
        let file = path.clone().unwrap_or_else(|| place.shown.clone());
        Some(split(&file, path.is_some(), &bytes))
    }

    /// The files that a pattern names. One that cannot be followed is a gap.
    pub(super) fn glob(&mut self, pattern: &str) -> Vec<Place> {
        glob::expand(self.system, pattern).unwrap_or_else(|why| {
            self.gaps.push(Unread { file: value(pattern), why });
            Vec::new()
        })
    }

    pub(super) fn gap(&mut self, place: &Place, why: Reason) {
        self.gaps.push(Unread { file: place.shown.clone(), why });
    }

    /// The program with what was found of it. Where a file could not be read that may say otherwise, nothing was measured.
    pub(super) fn program(
        &mut self,
        program: ServerProgramId,
        file: &str,
        mut settings: Vec<ServerSetting>,
        unread: &mut Vec<Unread>,
    ) -> ServerProgram {
        settings.truncate(MAX_SETTINGS);
        let gaps = std::mem::take(&mut self.gaps);
        let settings = match gaps.first() {
            None => Outcome::seen(settings),
            Some(gap) => gap.why.clone().into(),
        };
        unread.extend(gaps);
        ServerProgram { program, file: file.to_owned(), settings }
    }
}

/// The lines of a file. Bytes that are no UTF-8 are replaced, and their line cannot be.
fn split(file: &str, is_exact: bool, bytes: &[u8]) -> Vec<Line> {
    let line = |(number, bytes): (u32, &[u8])| {
        let raw = std::str::from_utf8(bytes).ok();
        let raw = raw.filter(|raw| is_exact && raw.len() <= MAX_LINE && !raw.chars().any(unfit));
        let text = String::from_utf8_lossy(bytes).trim().to_owned();
        let indented = bytes.first().is_some_and(u8::is_ascii_whitespace);
        Line { file: file.to_owned(), number, text, indented, raw: raw.map(str::to_owned) }
    };
    (1..).zip(bytes.split(|byte| *byte == b'\n')).take(MAX_LINES).map(line).collect()
}

/// Characters that a script had better not write: a tab alone of the control characters is used in such files.
fn unfit(c: char) -> bool {
    c != '\t' && midwatch_model::is_hidden(c)
}

/// A setting as it stands on a line.
pub(super) fn at(line: &Line, name: &str, text: &str, scope: Option<&str>) -> ServerSetting {
    ServerSetting { name: value(name), value: value(text), scope: scope.map(value), at: Some(line.place()) }
}

/// A setting that holds by default.
pub(super) fn default(name: &str, text: &str) -> ServerSetting {
    ServerSetting { name: name.to_owned(), value: text.to_owned(), scope: None, at: None }
}

/// The last one of each name and scope, in the order of names: what most programs heed.
pub(super) fn last_of_each(all: Vec<ServerSetting>) -> Vec<ServerSetting> {
    let mut found: BTreeMap<(String, Option<String>), ServerSetting> = BTreeMap::new();
    for one in all {
        found.insert((one.name.clone(), one.scope.clone()), one);
    }
    found.into_values().collect()
}

/// Adds those of the defaults that nothing without a scope sets.
pub(super) fn with_defaults(
    mut settings: Vec<ServerSetting>,
    defaults: &[(&str, &str)],
) -> Vec<ServerSetting> {
    for (name, text) in defaults {
        if !settings.iter().any(|one| one.name == *name && one.scope.is_none()) {
            settings.push(default(name, text));
        }
    }
    settings
}

/// The words of a line: white space ends them, quotes of both kinds hold it together, and a backslash within or without
/// takes a quote or itself as it is. A quote that is never closed ends with the line.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if matches!(characters.peek(), Some('"' | '\'' | '\\')) => {
                word.get_or_insert_default().extend(characters.next());
            }
            '"' | '\'' if quote.is_none() => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            _ if quote == Some(c) => quote = None,
            _ if c.is_whitespace() && quote.is_none() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn words_as_shells_and_daemons_read_them() {
        assert_eq!(words("a  'b c' \"d\\\"e\" ''"), ["a", "b c", "d\"e", ""]);
        assert_eq!(words("x\"y z"), ["xy z"]);
        assert!(words("  ").is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_read_leaves_the_program_unmeasured() {
        let tree = Tree::new(&[]);
        tree.write("/etc/x.conf", &vec![b'x'; 9 * 1024 * 1024]);
        let mut reader = Reader::new(&tree.system);
        assert_eq!(reader.lines(&tree.system.at("/etc/x.conf")), None);
        let mut unread = Vec::new();
        let program = reader.program(ServerProgramId::Vsftpd, "/etc/x.conf", vec![], &mut unread);
        assert!(program.settings.is_unmeasured());
        assert_eq!(unread[0].file, "/etc/x.conf");
    }

    #[test]
    fn what_hides_on_a_line_cannot_be_replaced() {
        let lines = split("/f", true, b"a = 1\nb = \x1b[1m\nc \xff\n\td\r");
        assert_eq!(
            lines.iter().map(|line| line.raw.is_some()).collect::<Vec<_>>(),
            [true, false, false, false]
        );
        assert_eq!(lines[3].text, "d");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(?s).{0,300}") {
            words(&text);
            split("/f", true, text.as_bytes());
        }
    }
}
