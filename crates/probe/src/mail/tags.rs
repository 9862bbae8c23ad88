//! Lists of `tag=value` with `;` between them, as DKIM, DMARC and others publish them (RFC 6376 3.2).

/// Tags of one record that are read.
const MAX_TAGS: usize = 100;

/// One tag with its value, both without space around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

/// The tags in order, and the first part that is none, where there is one. An empty part at the end is no fault: a
/// semicolon may stand there.
pub(super) fn read(text: &str) -> (Vec<Tag<'_>>, Option<&str>) {
    let mut tags = Vec::new();
    let mut wrong = None;
    for part in text.split(';').take(MAX_TAGS) {
        let part = part.trim_matches([' ', '\t', '\r', '\n']);
        if part.is_empty() {
            continue;
        }
        match part.split_once('=') {
            Some((name, value)) if is_name(name.trim_end_matches([' ', '\t'])) => tags.push(Tag {
                name: name.trim_end_matches([' ', '\t']),
                value: value.trim_start_matches([' ', '\t']),
            }),
            _ => {
                wrong.get_or_insert(part);
            }
        }
    }
    (tags, wrong)
}

/// The value of the first tag of a name.
pub(super) fn value<'a>(tags: &[Tag<'a>], name: &str) -> Option<&'a str> {
    tags.iter().find(|tag| tag.name == name).map(|tag| tag.value)
}

/// A letter, then letters, digits and `_` (RFC 6376 3.2).
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The beginning of a text that a sentence may repeat.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_with_space_and_without() {
        let (tags, wrong) = read("v=DMARC1; p = none ;; rua=mailto:a@b.example ;");
        let tags: Vec<_> = tags.iter().map(|tag| (tag.name, tag.value)).collect();
        assert_eq!(tags, [("v", "DMARC1"), ("p", "none"), ("rua", "mailto:a@b.example")]);
        assert_eq!(wrong, None);
        assert_eq!(read("v=DKIM1; oops; p=").1, Some("oops"));
        assert_eq!(read("1=x").1, Some("1=x"));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(short(&"ü".repeat(70)).chars().count(), 61);
        assert_eq!(short("a"), "a");
    }
}
