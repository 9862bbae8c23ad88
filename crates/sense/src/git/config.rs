//! The syntax of git-config(1), as git's own reader has it.

/// Bytes of one value that are kept.
const MAX_VALUE: usize = 16 * 1024;

/// Variables of one file.
pub(super) const MAX_ENTRIES: usize = 20_000;

/// One variable of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// In lower case.
    pub(crate) section: String,
    /// As it stands between its quotes; in lower case in the old form `[section.sub]`.
    pub(crate) subsection: Option<String>,
    /// In lower case.
    pub(crate) name: String,
    /// `true` where there is a name alone.
    pub(crate) value: String,
    /// The line where it begins, from 1.
    pub(crate) line: u32,
}

impl Entry {
    /// `section.name`, both in lower case.
    pub(crate) fn key(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// A variable that is named in one piece, `section.subsection.name`; none where that is no name of one.
    pub(crate) fn named(key: &str, value: &str) -> Option<Entry> {
        let (section, rest) = key.split_once('.')?;
        let (subsection, name) = match rest.rsplit_once('.') {
            Some((subsection, name)) => (Some(subsection.to_owned()), name),
            None => (None, rest),
        };
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (is_word(section) && is_word(name)).then(|| Entry {
            section: section.to_ascii_lowercase(),
            subsection,
            name: name.to_ascii_lowercase(),
            value: value.to_owned(),
            line: 0,
        })
    }
}

/// The variables of a file in their order. What git would stop at is passed over to the end of its line.
pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let (mut section, mut subsection) = (String::new(), None);
    let mut found = Vec::new();
    while found.len() < MAX_ENTRIES {
        reader.skip_blank();
        let line = reader.line;
        match reader.peek() {
            None => break,
            Some('#' | ';') => reader.skip_line(),
            Some('[') => match reader.header() {
                Some(header) => (section, subsection) = header,
                None => reader.skip_line(),
            },
            Some(c) if c.is_ascii_alphabetic() => match reader.variable() {
                Some((name, value)) if !section.is_empty() => {
                    found.push(Entry {
                        section: section.clone(),
                        subsection: subsection.clone(),
                        name,
                        value,
                        line,
                    });
                }
                _ => {}
            },
            Some(_) => reader.skip_line(),
        }
    }
    found
}

struct Reader<'a> {
    rest: &'a str,
    line: u32,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(c)
    }

    fn skip_blank(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|c| c != '\n') {}
    }

    /// `[section "subsection"]`. A dot in the section is the old form.
    fn header(&mut self) -> Option<(String, Option<String>)> {
        self.next();
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) {
            name.push(c.to_ascii_lowercase());
            self.next();
        }
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.next();
        }
        match self.peek()? {
            ']' => {
                self.next();
                Some(match name.split_once('.') {
                    Some((section, sub)) => (section.to_owned(), Some(sub.to_owned())),
                    None => (name, None),
                })
            }
            '"' => {
                self.next();
                let mut subsection = String::new();
                loop {
                    if subsection.len() > MAX_VALUE {
                        return None;
                    }
                    match self.next()? {
                        '"' => break,
                        '\n' => return None,
                        '\\' => subsection.push(self.next().filter(|c| *c != '\n')?),
                        c => subsection.push(c),
                    }
                }
                (self.next()? == ']').then_some((name, Some(subsection)))
            }
            _ => None,
        }
    }

    /// `name = value`, up to the end of its line or lines.
    fn variable(&mut self) -> Option<(String, String)> {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '-') {
            name.push(c.to_ascii_lowercase());
            self.next();
        }
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.next();
        }
        match self.peek() {
            Some('=') => {
                self.next();
                Some((name, self.value()?))
            }
            // A name alone is true.
            None | Some('\n') => Some((name, "true".into())),
            Some('\r') if self.rest.starts_with("\r\n") => Some((name, "true".into())),
            Some('#' | ';') => {
                self.skip_line();
                Some((name, "true".into()))
            }
            Some(_) => {
                self.skip_line();
                None
            }
        }
    }

    /// Quotes, escapes, comments and lines that go on. None where git refuses it.
    fn value(&mut self) -> Option<String> {
        let (mut value, mut quoted) = (String::new(), false);
        // White space counts where something follows it.
        let mut kept = 0;
        loop {
            if value.len() > MAX_VALUE {
                self.skip_line();
                return None;
            }
            match self.next() {
                None => break,
                Some('\n') if quoted => return None,
                Some('\n') => break,
                Some('\r') if self.peek() == Some('\n') && !quoted => {}
                Some(c) if c.is_whitespace() && !quoted => {
                    if !value.is_empty() {
                        value.push(c);
                    }
                }
                Some('#' | ';') if !quoted => {
                    self.skip_line();
                    break;
                }
                Some('"') => {
                    quoted = !quoted;
                    kept = value.len();
                }
                Some('\\') => {
                    // White space before it counts, whatever follows.
                    kept = value.len();
                    match self.next() {
                        // The value goes on.
                        Some('\n') => continue,
                        Some('\r') if self.peek() == Some('\n') => {
                            self.next();
                            continue;
                        }
                        Some('n') => value.push('\n'),
                        Some('t') => value.push('\t'),
                        Some('b') => value.push('\u{8}'),
                        Some(c @ ('"' | '\\')) => value.push(c),
                        _ => {
                            self.skip_line();
                            return None;
                        }
                    }
                    kept = value.len();
                }
                Some(c) => {
                    value.push(c);
                    kept = value.len();
                }
            }
        }
        value.truncate(kept);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// `section.subsection.name` with its value, as `git config --list -z` has it.
    fn ours(text: &str) -> Vec<(String, String)> {
        let told = entries(text).into_iter().map(|entry| {
            let sub = entry.subsection.map(|sub| format!(".{sub}")).unwrap_or_default();
            (format!("{}{sub}.{}", entry.section, entry.name), entry.value)
        });
        told.collect()
    }

    fn gits(text: &str) -> Option<Vec<(String, String)>> {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("config");
        std::fs::write(&file, text).expect("a file");
        let output =
            Command::new("git").arg("config").arg("--file").arg(&file).args(["--list", "-z"]).output();
        let output = output.expect("git");
        if !output.status.success() {
            return None;
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let all = text.split('\0').filter(|one| !one.is_empty()).map(|one| {
            // Without a line feed it is a name alone.
            one.split_once('\n')
                .map_or((one.to_owned(), "true".to_owned()), |(name, value)| (name.into(), value.into()))
        });
        Some(all.collect())
    }

    #[test]
    fn git_reads_the_same() {
        for text in [
            "[a]\nb = c\n",
            "[a] b = c\n",
            "[A \"B c\"]\n\tDe-f = G ; comment\n",
            "[a.B]\nx=1\n",
            "[a \"with \\\"quotes\\\" and \\\\\"]\nx = \"a b\" c  \n",
            "[a]\nb = one \\\n  two\\\n three\n",
            "[a]\nb = one \\\n",
            "[a]\nb = one \\\n \n",
            "[a]\nb = one \\\n # c\nd = 1\n",
            "[a]\nb = \"x # y\" # z\nc\nd =\ne = \"\"\n",
            "[a]\nb = \\\"quoted\\\" \\t\\n\\\\ end\n",
            "[a]\r\nb = c\r\nd\r\n",
            "\u{feff}[a]\nb = c\n",
            "[url \"ssh://git@host/\"]\n\tinsteadOf = https://host/\n\tinsteadOf = h:\n[remote \"origin\"]\n\turl = h:a\n",
            "# c\n; d\n[a]\n# e\nb = ü\n",
            "[a]b=c\n[d]e=f",
        ] {
            assert_eq!(Some(ours(text)), gits(text), "{text:?}");
        }
    }

    #[test]
    fn what_git_refuses_is_passed_over() {
        assert_eq!(ours("[a]\nb = \"open\nc = d\n"), [("a.c".to_owned(), "d".to_owned())]);
        assert_eq!(ours("x = 1\n[a]\n9 = 2\nb = \\q\nc = 3\n"), [("a.c".to_owned(), "3".to_owned())]);
        assert_eq!(ours("[a\n[b]\nc = 1"), [("b.c".to_owned(), "1".to_owned())]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

        #[test]
        fn where_git_reads_it_we_read_the_same(
            lines in prop::collection::vec("[a-c]{1,3} ?=? ?[a-z \"\\\\#;]{0,12}|\\[[a-c]{1,3}\\]|\\[a \"[a-z. ]{0,6}\"\\]", 0..8),
        ) {
            let text = format!("[z]\n{}\n", lines.join("\n"));
            if let Some(gits) = gits(&text) {
                prop_assert_eq!(ours(&text), gits, "{:?}", text);
            }
        }

        #[test]
        fn no_text_breaks_it(text in "(?s)[\\[\\]\"\\\\a=. \n\r#é]{0,200}") {
            entries(&text);
        }
    }
}
