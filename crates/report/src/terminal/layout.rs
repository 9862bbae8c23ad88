//! Lines, widths and colour.

use midwatch_model::{Severity, Verdict};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::clean;

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text, cut to so many columns with an ellipsis where it is longer.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        out.push(c);
        used += wide;
    }
    let mut out = out.trim_end().to_owned();
    if columns > 0 {
        out.push('…');
    }
    out
}

/// The text, followed by spaces up to so many columns.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Breaks a text into lines of at most `first` columns for the first line and `rest` for the others. Breaks
/// between words; a word that is too long (a URL) breaks after `/`, `?`, `&`, `=`, `-`, `.`, `,`, `;`, `:`
/// or `_`, and anywhere where it has none of these.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let room = |lines: &Vec<String>| if lines.is_empty() { first.max(1) } else { rest.max(1) };
        let wide = width(word);
        if used > 0 && used + 1 + wide <= room(&lines) {
            line.push(' ');
            line.push_str(word);
            used += 1 + wide;
            continue;
        }
        if used > 0 {
            // A word that fits on no line may as well begin on this one, where a good part of it fits.
            if wide > rest.max(1) && room(&lines) > used + 20 {
                line.push(' ');
                used += 1;
            } else {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
        }
        let mut left = word;
        while used + width(left) > room(&lines) {
            let at = break_at(left, room(&lines) - used.min(room(&lines)));
            let (head, tail) = left.split_at(at);
            line.push_str(head);
            lines.push(std::mem::take(&mut line));
            used = 0;
            left = tail;
        }
        line.push_str(left);
        used += width(left);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The byte position where a word that is too long breaks: at least one character in, at most `room` columns.
fn break_at(word: &str, room: usize) -> usize {
    let mut used = 0;
    let mut hard = 0;
    let mut soft = 0;
    for (at, c) in word.char_indices() {
        used += c.width().unwrap_or(0);
        let end = at + c.len_utf8();
        if used > room && hard > 0 {
            break;
        }
        hard = end;
        if matches!(c, '/' | '?' | '&' | '=' | '-' | '.' | ',' | ';' | ':' | '_') {
            soft = end;
        }
        if used > room {
            break;
        }
    }
    // A soft break that leaves most of the line empty is worse than a hard one.
    if soft * 2 >= hard { soft } else { hard }
}

/// Colour, where it is wanted.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub on: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        let word = text.trim_end();
        if !self.on || word.is_empty() {
            return text.to_owned();
        }
        // Spaces at the end stay outside, so that they can be cut off at the end of a line.
        format!("\x1b[{code}m{word}\x1b[0m{}", text.get(word.len()..).unwrap_or_default())
    }

    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub fn code(self, text: &str) -> String {
        self.with("36", text)
    }

    pub fn verdict(self, verdict: Verdict, text: &str) -> String {
        self.with(
            match verdict {
                Verdict::Exposed => "1;31",
                Verdict::Partly => "1;33",
                Verdict::Unknown => "1;35",
                Verdict::Protected => "32",
            },
            text,
        )
    }

    pub fn severity(self, severity: Severity, text: &str) -> String {
        self.with(
            match severity {
                Severity::Critical => "1;97;41",
                Severity::High => "1;31",
                Severity::Medium => "1;33",
                Severity::Low => "1;34",
                Severity::Info => "1",
            },
            text,
        )
    }
}

/// Lines being written.
pub(super) struct Out {
    text: String,
    width: usize,
    paint: Paint,
    lines: usize,
}

impl Out {
    pub fn new(width: usize, paint: Paint) -> Self {
        Out { text: String::new(), width, paint, lines: 0 }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn paint(&self) -> Paint {
        self.paint
    }

    /// Lines written so far.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// A line as it is. The caller has cleaned it and knows that it fits.
    pub fn raw(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
        self.lines += 1;
    }

    pub fn blank(&mut self) {
        self.raw("");
    }

    /// A text, cleaned and wrapped, each line indented by `indent` columns and those after the first by
    /// `hang` more.
    pub fn text(&mut self, indent: usize, hang: usize, text: &str) {
        self.labelled(indent, "", hang, text, |_, line| line.to_owned());
    }

    /// A text behind a label in a column of `hang` columns, wrapped; `style` paints each line of the text.
    pub fn labelled(
        &mut self,
        indent: usize,
        label: &str,
        hang: usize,
        text: &str,
        style: impl Fn(Paint, &str) -> String,
    ) {
        let lead = if label.is_empty() { 0 } else { hang };
        let first = self.width.saturating_sub(indent + lead);
        let rest = self.width.saturating_sub(indent + hang);
        for (at, line) in wrap(&clean::line(text), first, rest).iter().enumerate() {
            let start = if at > 0 {
                " ".repeat(indent + hang)
            } else if label.is_empty() {
                " ".repeat(indent)
            } else {
                format!("{}{}", " ".repeat(indent), self.paint.dim(&pad(label, hang)))
            };
            let line = style(self.paint, line);
            self.raw(&format!("{start}{line}"));
        }
    }

    /// A heading: `── Findings ─────`.
    pub fn rule(&mut self, heading: &str) {
        let heading = cut(heading, self.width.saturating_sub(6));
        let tail = "─".repeat(self.width.saturating_sub(width(&heading) + 4));
        let line =
            format!("{} {} {}", self.paint.dim("──"), self.paint.bold(&heading), self.paint.dim(&tail));
        self.raw(&line);
    }

    pub fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_urls_break_at_their_joints() {
        assert_eq!(wrap("one two three", 7, 7), ["one two", "three"]);
        assert_eq!(
            wrap("http://shop.example/catalogue/winter", 24, 24),
            ["http://shop.example/", "catalogue/winter"]
        );
        assert_eq!(wrap("", 10, 10), [""]);
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_too_wide() {
        let texts =
            ["x".repeat(300), "東京都".repeat(40), format!("a {} b", "ab/".repeat(50)), " a  b ".into()];
        for text in texts {
            for columns in [1, 2, 3, 10, 33] {
                let lines = wrap(&text, columns, columns);
                let joined: String = lines.concat().split_whitespace().collect();
                assert_eq!(joined, text.split_whitespace().collect::<String>());
                if columns > 1 {
                    assert!(lines.iter().all(|line| width(line) <= columns), "{columns}: {lines:?}");
                }
            }
        }
    }

    #[test]
    fn cut_counts_columns() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("東京都庁舎", 6), "東京…");
        assert_eq!(cut("abc", 0), "");
    }
}
