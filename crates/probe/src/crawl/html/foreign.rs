//! Which elements are SVG or MathML (HTML, 13.2.6.5 "the rules for parsing tokens in foreign content").

use std::collections::HashMap;

use html5ever::LocalName;

/// Foreign elements that are remembered as open; Blink nests no deeper either.
const MAX_DEPTH: usize = 512;

/// Names of HTML elements that are remembered as open.
const MAX_NAMES: usize = 10_000;

/// What an element belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    Html,
    Svg,
    MathMl,
}

/// What may stand within a foreign element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Foreign,
    /// HTML, but for two elements of MathML.
    MathText,
    /// An `annotation-xml`: SVG.
    Annotation,
    Html,
}

#[derive(Debug)]
struct Open {
    namespace: Namespace,
    name: LocalName,
    inside: Inside,
}

/// The open foreign elements.
///
/// HTML elements are not kept in order, but counted by name: an end tag of one that is open closes what is
/// foreign within it.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    open: Vec<Open>,
    html: HashMap<LocalName, u32>,
}

impl Foreign {
    /// True where the innermost open element is foreign and takes no HTML.
    pub(super) fn is_foreign(&self) -> bool {
        self.open.last().is_some_and(|open| open.inside != Inside::Html && open.inside != Inside::MathText)
    }

    /// Takes a start tag and says what it belongs to. `has` tells which attributes the tag has,
    /// `html_annotation` whether its `encoding` says HTML.
    pub(super) fn start(
        &mut self,
        name: &LocalName,
        self_closing: bool,
        has: impl Fn(&str) -> bool,
        html_annotation: bool,
    ) -> Namespace {
        let parent = self.open.last().map(|open| (open.namespace, open.inside));
        let foreign = match parent {
            None | Some((_, Inside::Html)) => None,
            Some((_, Inside::MathText)) if !matches!(&**name, "mglyph" | "malignmark") => None,
            Some((_, Inside::Annotation)) if &**name == "svg" => None,
            Some((namespace, _)) => Some(namespace),
        };
        if let Some(namespace) = foreign {
            if !breaks_out(name, has) {
                self.push(namespace, name, self_closing, html_annotation);
                return namespace;
            }
            self.leave();
        }
        let namespace = match &**name {
            "svg" => Namespace::Svg,
            "math" => Namespace::MathMl,
            _ => {
                if self.html.len() < MAX_NAMES || self.html.contains_key(name) {
                    let count = self.html.entry(name.clone()).or_default();
                    *count = count.saturating_add(1);
                }
                return Namespace::Html;
            }
        };
        self.push(namespace, name, self_closing, html_annotation);
        namespace
    }

    /// Takes an end tag and says what it belongs to.
    pub(super) fn end(&mut self, name: &LocalName) -> Namespace {
        if !self.open.is_empty() {
            if let Some(at) = self.open.iter().rposition(|open| open.name == *name) {
                let namespace = self.open.get(at).map_or(Namespace::Html, |open| open.namespace);
                self.open.truncate(at);
                return namespace;
            }
            let is_open = self.html.get(name).is_some_and(|&count| count > 0);
            if is_open || matches!(&**name, "p" | "br") {
                self.leave();
            } else if let Some(open) = self.open.last().filter(|_| self.is_foreign()) {
                return open.namespace;
            }
        }
        if let Some(count) = self.html.get_mut(name) {
            *count = count.saturating_sub(1);
        }
        Namespace::Html
    }

    /// Closes foreign elements up to one that takes HTML.
    fn leave(&mut self) {
        while self.is_foreign() {
            self.open.pop();
        }
    }

    fn push(&mut self, namespace: Namespace, name: &LocalName, self_closing: bool, html_annotation: bool) {
        if self_closing || self.open.len() >= MAX_DEPTH {
            return;
        }
        let inside = match (namespace, &**name) {
            // The tokenizer gives names in lower case.
            (Namespace::Svg, "foreignobject" | "desc" | "title") => Inside::Html,
            (Namespace::MathMl, "mi" | "mo" | "mn" | "ms" | "mtext") => Inside::MathText,
            (Namespace::MathMl, "annotation-xml") if html_annotation => Inside::Html,
            (Namespace::MathMl, "annotation-xml") => Inside::Annotation,
            _ => Inside::Foreign,
        };
        self.open.push(Open { namespace, name: name.clone(), inside });
    }
}

/// True for the tags of HTML that end foreign content.
fn breaks_out(name: &str, has: impl Fn(&str) -> bool) -> bool {
    match name {
        "font" => has("color") || has("face") || has("size"),
        "b" | "big" | "blockquote" | "body" | "br" | "center" | "code" | "dd" | "div" | "dl" | "dt"
        | "em" | "embed" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "head" | "hr" | "i" | "img" | "li"
        | "listing" | "menu" | "meta" | "nobr" | "ol" | "p" | "pre" | "ruby" | "s" | "small" | "span"
        | "strong" | "strike" | "sub" | "sup" | "table" | "tt" | "u" | "ul" | "var" => true,
        _ => false,
    }
}
