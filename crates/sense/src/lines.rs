//! The small forms of configuration files, and values as reports may show them.

use midwatch_model::lossless;

/// Characters of a value that are kept.
const MAX_VALUE: usize = 300;

/// Lines of one file that are looked at.
const MAX_LINES: usize = 100_000;

/// The lines of a text with their numbers, trimmed, without those that are empty or begin with one of `comments`.
pub(crate) fn numbered<'a>(text: &'a str, comments: &'a [char]) -> impl Iterator<Item = (u32, &'a str)> {
    let numbered = (1_u32..).zip(text.lines()).take(MAX_LINES).map(|(number, line)| (number, line.trim()));
    numbered.filter(move |(_, line)| !line.is_empty() && !line.starts_with(comments))
}

/// The two sides of the first `=`, trimmed, without quotes around the value.
pub(crate) fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    Some((name.trim(), unquote(value)))
}

/// A value without one pair of quotes around it.
pub(crate) fn unquote(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    value
}

/// The sections of a file of the form `[section]`, `name = value`: section, name, value and number of the line.
pub(crate) fn sections(text: &str) -> Vec<(String, String, String, u32)> {
    let mut section = String::new();
    let mut found = Vec::new();
    for (number, line) in numbered(text, &['#', ';']) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.trim().to_owned();
        } else if let Some((name, value)) = assignment(line) {
            found.push((section.clone(), name.to_owned(), value.to_owned(), number));
        }
    }
    found
}

/// True for the ways of writing no.
pub(crate) fn is_no(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "0" | "no" | "off" | "false")
}

/// True for the ways of writing yes.
pub(crate) fn is_yes(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "1" | "yes" | "on" | "true")
}

/// A value that may stand in a report: cut, without control characters, and without names and passwords in URLs.
pub(crate) fn value(value: &str) -> String {
    let words: Vec<String> = value.split(' ').map(without_user).collect();
    let text = lossless(words.join(" ").as_bytes());
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Takes what stands before an `@` out of a URL's authority.
fn without_user(word: &str) -> String {
    let (scheme, rest) = match word.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), word),
    };
    // A password may hold a slash that was not encoded: everything up to the last `@` goes.
    match rest.rsplit_once('@') {
        Some((user, host)) if !scheme.is_empty() || user.contains(':') => format!("{scheme}…@{host}"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_passwords_are_taken_out() {
        assert_eq!(value("http://joe:secret@proxy.example:3128/"), "http://…@proxy.example:3128/");
        assert_eq!(value("joe:se/cret@proxy.example:3128"), "…@proxy.example:3128");
        assert_eq!(value("http://joe:p@ss@proxy.example"), "http://…@proxy.example");
        assert_eq!(value("PROXY http://j:s@a; DIRECT"), "PROXY http://…@a; DIRECT");
        assert_eq!(value("http://proxy.example:3128"), "http://proxy.example:3128");
        assert_eq!(value("git@host.example"), "git@host.example");
    }

    #[test]
    fn sections_and_quotes_are_read() {
        let read = sections("# c\n[a]\nx = 1\n[b]\n y=\"two words\"\n");
        let line = |section: &str, name: &str, value: &str, number| {
            (section.to_owned(), name.to_owned(), value.to_owned(), number)
        };
        assert_eq!(read, [line("a", "x", "1", 3), line("b", "y", "two words", 5)]);
        assert_eq!(unquote("'"), "'");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(?s).{0,300}") {
            sections(&text);
            prop_assert!(value(&text).chars().count() <= 4 * MAX_VALUE + 1);
        }

        #[test]
        fn no_password_gets_through(secret in "[a-zA-Z0-9]{8,12}", at in "(http://|https://|socks5://|)") {
            let value = value(&format!("{at}user:{secret}@proxy.example:3128"));
            prop_assert!(!value.contains(&secret));
        }
    }
}
