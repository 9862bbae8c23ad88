//! How a line of ssh_config is cut into a keyword and arguments: `strdelim` and `argv_split` of OpenSSH's misc.c.

/// White space inside a line.
const BLANK: [char; 2] = [' ', '\t'];

/// White space around it.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// A line with something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    /// In lower case.
    pub(crate) keyword: String,
    /// What follows it, for keywords that take the rest of the line.
    pub(crate) rest: String,
}

/// Cuts a line at its keyword. `None` for an empty line and a comment.
pub(crate) fn keyword(line: &str) -> Option<Words> {
    let line = line.trim_end_matches(|c| SPACE.contains(&c) || c == '\x0c').trim_start_matches(SPACE);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|c| SPACE.contains(&c) || matches!(c, '"' | '=')).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    if let Some(quoted) = rest.strip_prefix('"') {
        // A keyword may stand in quotes, and then no `=` follows it.
        let (inside, rest) = quoted.split_once('"')?;
        let keyword = format!("{word}{inside}").to_ascii_lowercase();
        return Some(Words { keyword, rest: rest.trim_start_matches(SPACE).to_owned() });
    }
    let rest = match rest.strip_prefix('=') {
        Some(rest) => rest,
        // One `=` may stand between, with space on both sides.
        None => {
            let rest = rest.trim_start_matches(SPACE);
            rest.strip_prefix('=').unwrap_or(rest)
        }
    };
    Some(Words { keyword: word.to_ascii_lowercase(), rest: rest.trim_start_matches(SPACE).to_owned() })
}

/// Cuts what follows a keyword into arguments, up to a comment. `None` where a quotation mark has no second.
pub(crate) fn arguments(rest: &str) -> Option<Vec<String>> {
    let mut arguments = Vec::new();
    let mut chars = rest.chars().peekable();
    loop {
        while chars.next_if(|c| BLANK.contains(c)).is_some() {}
        if matches!(chars.peek(), None | Some('#')) {
            return Some(arguments);
        }
        let mut word = String::new();
        let mut quote = None;
        while let Some(c) = chars.next() {
            match (c, quote) {
                ('\\', _) => {
                    let escaped = chars.next_if(|next| {
                        matches!(next, '\'' | '"' | '\\') || (quote.is_none() && *next == ' ')
                    });
                    word.push(escaped.unwrap_or('\\'));
                }
                (c, None) if BLANK.contains(&c) => break,
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                (c, _) => word.push(c),
            }
        }
        if quote.is_some() {
            return None;
        }
        arguments.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords() {
        for (line, keyword_is, rest) in [
            ("Host a b", "host", "a b"),
            ("  HOST\t a ", "host", "a"),
            ("Port=22", "port", "22"),
            ("Port = 22", "port", "22"),
            ("Port == 22", "port", "= 22"),
            ("User a # b", "user", "a # b"),
            ("User \"a b\"\r\n", "user", "\"a b\""),
            ("Port", "port", ""),
            ("\"Port\" 5", "port", "5"),
        ] {
            let words = keyword(line).unwrap();
            assert_eq!((words.keyword.as_str(), words.rest.as_str()), (keyword_is, rest), "{line}");
        }
        for line in ["", "  ", "# Host", "  #", "\r\n"] {
            assert_eq!(keyword(line), None, "{line:?}");
        }
    }

    #[test]
    fn arguments_and_quotes() {
        for (rest, expected) in [
            ("a b", Some(vec!["a", "b"])),
            ("\"a b\" 'c d'", Some(vec!["a b", "c d"])),
            ("a\\ b", Some(vec!["a b"])),
            ("\"a\\\"b\"", Some(vec!["a\"b"])),
            ("a\\nb", Some(vec!["a\\nb"])),
            ("a #b", Some(vec!["a"])),
            ("a#b", Some(vec!["a#b"])),
            ("\"\" x", Some(vec!["", "x"])),
            ("x\"y\"z", Some(vec!["xyz"])),
            ("\"a", None),
            ("\\", Some(vec!["\\"])),
            ("", Some(vec![])),
        ] {
            let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(arguments(rest), expected, "{rest}");
        }
    }
}
