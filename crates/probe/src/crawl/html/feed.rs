//! Feeding a document to html5ever's tokenizer, with a limit to the attributes of one tag.
//!
//! The tokenizer compares each attribute with all earlier ones of its tag, so that a tag with a million of
//! them would take an hour. Its state cannot be asked for, but what it emits shows whether it is within a
//! tag.

use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tokenizer, TokenizerOpts};

use super::builder::{Builder, Sink};

/// Attributes of one tag that are read at most.
const MAX_ATTRIBUTES: usize = 1_000;

/// Tokenises a document into a builder.
pub(super) fn feed(builder: Builder, text: &str) -> Builder {
    // As the standard does first of all (13.2.3.5). The tokenizer does so too, but emits nothing for the
    // second character of such a line end, which would mislead the feeder.
    let text = text.replace("\r\n", "\n");
    let feeder = Feeder {
        tokenizer: Tokenizer::new(Sink::new(builder), TokenizerOpts::default()),
        input: BufferQueue::default(),
    };
    feeder.document(&text);
    feeder.tokenizer.end();
    feeder.tokenizer.sink.into_builder()
}

struct Feeder {
    tokenizer: Tokenizer<Sink>,
    input: BufferQueue,
}

impl Feeder {
    fn document(&self, text: &str) {
        let mut rest = text;
        // Whether the tokenizer is in text rather than within a tag or comment.
        let mut in_text = true;
        while let Some((before, markup)) = rest.split_once('<') {
            if !before.is_empty() {
                in_text = false;
            }
            let (most, last) = before.split_at(before.char_indices().next_back().map_or(0, |(at, _)| at));
            self.push(most);
            // The last character of a text is emitted at once, or when the `<` shows where a character
            // reference ends. The last one of a tag or comment emits that. Within either nothing is
            // emitted.
            let tokens = self.tokenizer.sink.tokens();
            self.push(last);
            self.push("<");
            in_text |= self.tokenizer.sink.tokens() != tokens;
            if !in_text {
                rest = markup;
                continue;
            }
            rest = match head(markup) {
                Some(head) => self.tag(head, markup),
                // `</>` is nothing at all. What is no tag is fed with what follows.
                None => match markup.strip_prefix("/>") {
                    Some(after) => {
                        self.push("/>");
                        after
                    }
                    None => markup,
                },
            };
        }
        self.push(rest);
    }

    /// Feeds a tag whose `<` was fed, or what looks like one within a script or the like. `head` is its
    /// name with the character that ends it. Returns what follows.
    fn tag<'a>(&self, head: &'a str, markup: &'a str) -> &'a str {
        let texts = self.tokenizer.sink.texts();
        self.push(head);
        let rest = markup.strip_prefix(head).unwrap_or_default();
        if self.tokenizer.sink.texts() != texts || head.ends_with('>') {
            return rest;
        }
        let (kept, end) = attributes(head, rest);
        // A tag that the end of the document cuts off is none.
        let Some(after) = end.and_then(|end| rest.get(end..)) else { return "" };
        self.push(rest.get(..kept).unwrap_or_default());
        self.push(">");
        after
    }

    fn push(&self, text: &str) {
        if !text.is_empty() {
            self.input.push_back(StrTendril::from(text));
            // The sink asks for no pause, so that all is read that can be.
            let _ = self.tokenizer.feed(&self.input);
        }
    }
}

/// The name of a tag from after its `<`, with the character that ends it unless that is a `<`; none where
/// no tag begins.
fn head(markup: &str) -> Option<&str> {
    let name = markup.strip_prefix('/').unwrap_or(markup);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let slash = markup.len().saturating_sub(name.len());
    let end = name.find(|c: char| is_space(c) || matches!(c, '/' | '>' | '<')).unwrap_or(name.len());
    // Within a script, a `<` may begin the end tag.
    let delimiter =
        usize::from(name.get(end..).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('<')));
    markup.get(..slash.saturating_add(end).saturating_add(delimiter))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

/// Where the attributes end that are kept, and where the tag ends after its `>` (13.2.5.32 to 13.2.5.40).
fn attributes(head: &str, rest: &str) -> (usize, Option<usize>) {
    #[derive(Clone, Copy)]
    enum At {
        TagName,
        BeforeName,
        Name,
        AfterName,
        BeforeValue,
        Quoted(char),
        Unquoted,
    }
    let mut at = if head.ends_with(|c| is_space(c) || c == '/') { At::BeforeName } else { At::TagName };
    let mut count = 0_usize;
    let mut kept = None;
    for (index, byte) in rest.bytes().enumerate() {
        let c = char::from(byte);
        at = match (at, c) {
            (At::Quoted(quote), _) => {
                if c == quote {
                    At::BeforeName
                } else {
                    at
                }
            }
            (_, '>') => return (kept.unwrap_or(index), Some(index.saturating_add(1))),
            (At::Name, _) if is_space(c) => At::AfterName,
            (At::TagName | At::Unquoted, _) if is_space(c) => At::BeforeName,
            (_, _) if is_space(c) => at,
            (At::Name | At::AfterName, '=') => At::BeforeValue,
            (At::BeforeValue, '"' | '\'') => At::Quoted(c),
            (At::BeforeValue | At::Unquoted, _) => At::Unquoted,
            (_, '/') => At::BeforeName,
            (At::TagName | At::Name, _) => at,
            (At::BeforeName | At::AfterName, _) => {
                count = count.saturating_add(1);
                if count > MAX_ATTRIBUTES {
                    kept = kept.or(Some(index));
                }
                At::Name
            }
        };
    }
    (kept.unwrap_or(rest.len()), None)
}

/// Feeds a document in one piece, without limit, for comparison.
#[cfg(test)]
pub(super) fn feed_whole(builder: Builder, text: &str) -> Builder {
    let tokenizer = Tokenizer::new(Sink::new(builder), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.into_builder()
}
