//! Text in HTML.

use std::fmt::{self, Write};

use crate::clean;

/// A text, cleaned and escaped, for element content and for attributes in double quotes.
pub(super) struct Esc<T>(pub T);

impl<T: fmt::Display> fmt::Display for Esc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in clean::line(&self.0.to_string()).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The same, with places where a long URL may break.
pub(super) struct Breaking<T>(pub T);

impl<T: fmt::Display> fmt::Display for Breaking<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        breaking(f, &clean::line(&self.0.to_string()))
    }
}

fn breaking(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['/', '?', '&', '=', ',', ';']) {
        let (mut end, mut may) = (at + 1, true);
        // `https://` stays in one piece with what follows it.
        if rest.get(at..).is_some_and(|tail| tail.starts_with("//")) {
            (end, may) = (at + 2, false);
        }
        let (head, tail) = rest.split_at(end);
        write!(
            f,
            "{}{}",
            Esc(head),
            if may && !tail.is_empty() && !tail.starts_with(' ') { "<wbr>" } else { "" }
        )?;
        rest = tail;
    }
    write!(f, "{}", Esc(rest))
}

/// A sentence: as [`Breaking`], and what stands between backticks is code.
pub(super) struct Prose<T>(pub T);

impl<T: fmt::Display> fmt::Display for Prose<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = clean::line(&self.0.to_string());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('`') {
            let Some((code, after)) = after.split_once('`').filter(|(code, _)| !code.is_empty()) else {
                break;
            };
            breaking(f, before)?;
            f.write_str("<code>")?;
            breaking(f, code)?;
            f.write_str("</code>")?;
            rest = after;
        }
        breaking(f, rest)
    }
}

/// A text as part of an element's id: everything but ASCII letters, digits and hyphens becomes `_NN`.
pub(super) fn id(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("_{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_text_or_attribute() {
        assert_eq!(
            Esc("<a b=\"c\" d='e'>&amp;\n").to_string(),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp; "
        );
        assert_eq!(Esc("\u{202e}\u{1b}").to_string(), "\\u{202e}\\x1b");
    }

    #[test]
    fn urls_break_between_their_parts() {
        assert_eq!(Breaking("https://a.example/b?c=d").to_string(), "https://a.example/<wbr>b?<wbr>c=<wbr>d");
        assert_eq!(Breaking("a&b<").to_string(), "a&amp;<wbr>b&lt;");
    }

    #[test]
    fn backticks_make_code_in_pairs_alone() {
        assert_eq!(Prose("the cookie `a<b` has").to_string(), "the cookie <code>a&lt;b</code> has");
        assert_eq!(Prose("one ` and ``").to_string(), "one <code> and </code>`");
        assert_eq!(Prose("```").to_string(), "```");
    }

    #[test]
    fn ids_hold_no_space_and_stay_apart() {
        assert_eq!(id("tls-old-version"), "tls-old-version");
        assert_ne!(id("a b"), id("a_b"));
        assert!(!id("\" onclick=").contains(['"', ' ']));
    }
}
