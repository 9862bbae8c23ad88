//! The whole report as JSON.

use midwatch_model::{NewsLine, Report, SCHEMA, Story};

use crate::clean;

/// The whole report as one JSON document (RFC 8259), indented by two spaces, with a line feed at its end.
///
/// It holds everything that the other renderers show. `schema/midwatch-1.schema.json` describes it. Characters
/// beyond ASCII that act on a terminal or hide from the eye stand as `\uNNNN`, which JSON readers turn back.
pub fn json(report: &Report) -> String {
    pretty(report)
}

/// One line of news as one line of JSON, with a line feed at its end.
pub fn news_json(line: &NewsLine) -> String {
    // It holds nothing that cannot be written.
    let text = serde_json::to_string(line).unwrap_or_default();
    visible(&text)
}

/// The whole story as one JSON document, in the form [`midwatch_model::STORY_SCHEMA`] names.
pub fn story_json(story: &Story) -> String {
    pretty(story)
}

/// Writes a value, or says in JSON that it could not be written: no caller ever meets text that is not JSON.
pub(crate) fn pretty<T: serde::Serialize>(value: &T) -> String {
    let text = match serde_json::to_string_pretty(value) {
        Ok(text) => text,
        Err(error) => format!("{:#}", serde_json::json!({ "schema": SCHEMA, "error": error.to_string() })),
    };
    visible(&text)
}

/// The text with a line feed at its end, and with escapes for what acts on a terminal or hides from the eye.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // Outside ASCII, characters occur inside strings alone, where an escape means the same. Of the ASCII
        // control characters only DEL and the line feeds of the layout are left here.
        if (!c.is_ascii() || c == '\u{7f}') && clean::is_hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn nothing_is_lost_on_the_way() {
        let report = sample::report();
        let text = json(&report);
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<Report>(&text).expect("valid JSON"), report);
    }

    #[test]
    fn no_character_that_acts_on_a_terminal() {
        let text = json(&sample::report());
        assert!(!text.chars().any(|c| c != '\n' && clean::is_hidden(c)));
        assert!(text.contains("\\u202e"), "the sample holds an override");
    }

    #[test]
    fn same_report_same_bytes() {
        assert_eq!(json(&sample::report()), json(&sample::report()));
    }

    #[test]
    fn snapshot() {
        insta::assert_snapshot!(json(&sample::report()));
    }
}
