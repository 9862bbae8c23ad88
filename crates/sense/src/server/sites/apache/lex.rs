//! The lines of Apache's files: directives, and the sections around them.

use std::rc::Rc;

/// Bytes of one line, those it is continued by included (Apache's own limit is 16 MiB).
const MAX_LINE: usize = 64 * 1024;

/// One line: a directive, or the begin or the end of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Lower case: `servername`, `<virtualhost`, `</virtualhost`.
    pub(super) name: String,
    pub(super) args: Vec<String>,
    /// All behind the name, as it is written.
    pub(super) rest: String,
    pub(super) file: Rc<str>,
    pub(super) number: u32,
}

/// The lines of a file. A backslash at the end continues a line; `#` makes a comment at the beginning of one alone.
pub(super) fn lines(file: &Rc<str>, text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let mut whole = String::new();
    let mut first = 1;
    for (number, line) in (1_u32..).zip(text.lines()) {
        if whole.is_empty() {
            first = number;
        }
        if whole.len() + line.len() > MAX_LINE {
            whole.clear();
            continue;
        }
        match line.strip_suffix('\\') {
            Some(start) => {
                whole.push_str(start);
                whole.push(' ');
                continue;
            }
            None => whole.push_str(line),
        }
        found.extend(line_of(file, &whole, first));
        whole.clear();
    }
    found.extend(line_of(file, &whole, first));
    found
}

/// One line; none for an empty one and for a comment.
pub(super) fn line_of(file: &Rc<str>, text: &str, number: u32) -> Option<Line> {
    let text = text.trim();
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let (name, rest) = text.split_once(|c: char| c.is_whitespace()).unwrap_or((text, ""));
    let (name, rest) = match name.strip_prefix('<') {
        // The bracket that closes a section's beginning is no part of its arguments.
        Some(_) => (name.trim_end_matches('>'), rest.trim().trim_end_matches('>')),
        None => (name, rest),
    };
    let (name, rest) = (name.to_ascii_lowercase(), rest.trim());
    Some(Line { name, args: words(rest), rest: rest.to_owned(), file: file.clone(), number })
}

/// Words as Apache has them: quotation marks hold white space, and a backslash before one takes its meaning.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let mut word = String::new();
        match chars.peek().copied() {
            None => return words,
            Some(quote @ ('"' | '\'')) => {
                chars.next();
                while let Some(c) = chars.next() {
                    match c {
                        '\\' if chars.peek().is_some_and(|next| *next == quote || *next == '\\') => {
                            word.extend(chars.next());
                        }
                        c if c == quote => break,
                        c => word.push(c),
                    }
                }
            }
            Some(_) => {
                while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                    word.push(c);
                }
            }
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_quotes_continued_lines_and_comments() {
        let file: Rc<str> = "/a".into();
        let text = "# no\nServerAlias a \\\n  b\n<VirtualHost *:80 [::1]:80>\n  DocumentRoot \"/srv/a b\"\n</VirtualHost>\n";
        let lines = lines(&file, text);
        let told: Vec<(&str, String, u32)> =
            lines.iter().map(|line| (line.name.as_str(), line.args.join("|"), line.number)).collect();
        let expected = [
            ("serveralias", "a|b", 2),
            ("<virtualhost", "*:80|[::1]:80", 4),
            ("documentroot", "/srv/a b", 5),
            ("</virtualhost", "", 6),
        ];
        assert_eq!(told, expected.map(|(name, args, line)| (name, args.to_owned(), line)));
    }
}
