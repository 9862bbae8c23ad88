//! What of the tree construction matters to references.

use std::cell::{Cell, RefCell};

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use midwatch_model::ReferenceKind;
use url::Url;

use super::foreign::{Foreign, Namespace};
use super::forms::Forms;
use super::links::{Take, attribute};
use super::{Document, Found, References, grammar, links, resolve};
use crate::crawl::css;

/// Bytes of a title that are kept before white space is collapsed, and policies that are kept.
const MAX_TITLE: usize = 16 * 1024;
const MAX_POLICIES: usize = 100;

/// The longest `integrity` that is kept.
const MAX_INTEGRITY: usize = 1024;

/// Gives the tokens to the builder and counts them.
pub(super) struct Sink {
    builder: RefCell<Builder>,
    tokens: Cell<u64>,
    texts: Cell<u64>,
}

impl Sink {
    pub(super) fn new(builder: Builder) -> Self {
        Self { builder: RefCell::new(builder), tokens: Cell::new(0), texts: Cell::new(0) }
    }

    /// Tokens that were emitted, errors not among them.
    pub(super) fn tokens(&self) -> u64 {
        self.tokens.get()
    }

    /// Those of them that were text.
    pub(super) fn texts(&self) -> u64 {
        self.texts.get()
    }

    pub(super) fn into_builder(self) -> Builder {
        self.builder.into_inner()
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        if matches!(token, Token::ParseError(_)) {
            return TokenSinkResult::Continue;
        }
        self.tokens.set(self.tokens.get().wrapping_add(1));
        // The tokenizer calls from no other place than here, so that nothing else has hold of the builder.
        let mut builder = self.builder.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return builder.start(&tag),
            Token::TagToken(tag) => builder.end(&tag),
            Token::CharacterTokens(text) => {
                self.texts.set(self.texts.get().wrapping_add(1));
                builder.text(&text);
            }
            Token::NullCharacterToken => self.texts.set(self.texts.get().wrapping_add(1)),
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.borrow().foreign.is_foreign()
    }
}

pub(super) struct Builder {
    page: Url,
    base: Url,
    /// A `base href` has come; no further one counts.
    based: bool,
    title: Option<String>,
    meta_csp: Vec<String>,
    meta_referrer: Option<String>,
    has_password: bool,
    references: References,
    forms: Forms,
    foreign: Foreign,
    /// Text goes into what an element of raw text collects, not into the body.
    raw: bool,
    /// The contents of a `title` that is open, and of a `style`.
    open_title: Option<String>,
    open_style: Option<String>,
    /// The body has begun.
    body: bool,
    noscript: bool,
    picture: bool,
    framesets: u32,
    /// Open templates whose contents do nothing, and those that are shadow roots, outside the former.
    inert: u32,
    shadows: u32,
}

impl Builder {
    pub(super) fn new(page: Url) -> Self {
        Self {
            base: page.clone(),
            page,
            based: false,
            title: None,
            meta_csp: Vec::new(),
            meta_referrer: None,
            has_password: false,
            references: References::default(),
            forms: Forms::default(),
            foreign: Foreign::default(),
            raw: false,
            open_title: None,
            open_style: None,
            body: false,
            noscript: false,
            picture: false,
            framesets: 0,
            inert: 0,
            shadows: 0,
        }
    }

    pub(super) fn finish(mut self) -> Document {
        // Browsers heed a style sheet that the end of the document cuts off, and show such a title.
        self.close_style();
        self.close_title();
        Document {
            title: self.title.as_deref().and_then(grammar::title),
            meta_csp: self.meta_csp,
            meta_referrer: self.meta_referrer,
            has_password: self.has_password,
            references: self.references.finish(&self.base),
            forms: self.forms.finish(&self.page, &self.base),
            base: self.base,
        }
    }

    fn start(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let html_annotation = attribute(tag, "encoding").is_some_and(|encoding| {
            encoding.eq_ignore_ascii_case("text/html")
                || encoding.eq_ignore_ascii_case("application/xhtml+xml")
        });
        let has = |name: &str| attribute(tag, name).is_some();
        let namespace = self.foreign.start(&tag.name, tag.self_closing, has, html_annotation);
        let name = &*tag.name;
        let html = namespace == Namespace::Html;
        if html && name == "template" {
            self.start_template(tag);
        } else if self.inert == 0 {
            if !self.noscript && (!html || !belongs_to_head(name)) {
                self.body = true;
            }
            if html {
                self.start_html(tag);
            }
            if name == "style" && !tag.self_closing && is_css(tag) {
                self.open_style = Some(String::new());
            }
            if !html || name != "frame" || self.framesets > 0 {
                let in_picture = self.picture;
                links::element(self, namespace, tag, in_picture);
            }
            if namespace != Namespace::MathMl
                && let Some(style) = attribute(tag, "style")
            {
                self.take_css(css::declarations(&self.base, style));
            }
        }
        if html { self.raw_text(name) } else { TokenSinkResult::Continue }
    }

    /// The contents of some elements are text, whatever it looks like (13.2.6.4).
    fn raw_text(&mut self, name: &str) -> TokenSinkResult<()> {
        let kind = match name {
            "title" | "textarea" => RawKind::Rcdata,
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => RawKind::Rawtext,
            "script" => RawKind::ScriptData,
            "plaintext" => return TokenSinkResult::Plaintext,
            _ => return TokenSinkResult::Continue,
        };
        self.raw = true;
        TokenSinkResult::RawData(kind)
    }

    fn start_template(&mut self, tag: &Tag) {
        let shadow = attribute(tag, "shadowrootmode")
            .is_some_and(|mode| mode.eq_ignore_ascii_case("open") || mode.eq_ignore_ascii_case("closed"));
        if self.inert == 0 && shadow {
            self.shadows = self.shadows.saturating_add(1);
        } else {
            self.inert = self.inert.saturating_add(1);
        }
    }

    fn start_html(&mut self, tag: &Tag) {
        match &*tag.name {
            "base" => {
                // The base cannot be changed by `data:` or `javascript:` (4.2.3); those that lead to
                // neither http nor https are of no use here either.
                if let Some(href) = attribute(tag, "href").filter(|_| !self.based) {
                    self.based = true;
                    if let Some(base) = resolve(&self.page, href) {
                        self.base = base;
                    }
                }
            }
            "title" if self.title.is_none() && self.open_title.is_none() => {
                self.open_title = Some(String::new());
            }
            "meta" => self.meta(tag),
            "noscript" => self.noscript = true,
            "picture" => self.picture = true,
            "frameset" => self.framesets = self.framesets.saturating_add(1),
            "form" => {
                let (id, action) = (attribute(tag, "id"), attribute(tag, "action"));
                self.forms.start(id, action, attribute(tag, "method"));
            }
            "input" => {
                let kind = attribute(tag, "type").unwrap_or_default();
                if kind.eq_ignore_ascii_case("password") {
                    self.has_password = true;
                    self.forms.password(attribute(tag, "form"));
                } else if kind.eq_ignore_ascii_case("submit") || kind.eq_ignore_ascii_case("image") {
                    self.button(tag);
                }
            }
            "button" => {
                let kind = attribute(tag, "type").unwrap_or_default();
                if !kind.eq_ignore_ascii_case("button") && !kind.eq_ignore_ascii_case("reset") {
                    self.button(tag);
                }
            }
            _ => {}
        }
    }

    fn button(&mut self, tag: &Tag) {
        if let Some(action) = attribute(tag, "formaction") {
            self.forms.button(attribute(tag, "form"), action, attribute(tag, "formmethod"));
        }
    }

    fn meta(&mut self, tag: &Tag) {
        let Some(content) = attribute(tag, "content").filter(|content| !content.is_empty()) else { return };
        let is = |attribute_name: &str, value: &str| {
            attribute(tag, attribute_name).is_some_and(|written| written.eq_ignore_ascii_case(value))
        };
        // A policy counts as a child of the head alone (4.2.5.3).
        let in_head = !self.body && !self.noscript && self.shadows == 0;
        if is("http-equiv", "content-security-policy") && in_head && self.meta_csp.len() < MAX_POLICIES {
            self.meta_csp.push(content.to_owned());
        }
        if is("name", "referrer")
            && self.shadows == 0
            && let Some(policy) = grammar::referrer(content)
        {
            self.meta_referrer = Some(policy);
        }
    }

    fn end(&mut self, tag: &Tag) {
        self.raw = false;
        let namespace = self.foreign.end(&tag.name);
        let name = &*tag.name;
        if name == "style" {
            self.close_style();
        }
        if namespace != Namespace::Html {
            return;
        }
        match name {
            "template" if self.inert > 0 => self.inert = self.inert.saturating_sub(1),
            "template" => self.shadows = self.shadows.saturating_sub(1),
            _ if self.inert > 0 => {}
            "title" => self.close_title(),
            "noscript" => self.noscript = false,
            "picture" => self.picture = false,
            "frameset" => self.framesets = self.framesets.saturating_sub(1),
            "form" => self.forms.end(),
            "body" | "html" | "br" => self.body = true,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(title) = &mut self.open_title {
            let room = MAX_TITLE.saturating_sub(title.len());
            title.push_str(grammar::cut(text, room));
        } else if let Some(style) = &mut self.open_style {
            style.push_str(text);
        } else if !self.raw
            && !self.noscript
            && self.inert == 0
            && !text.trim_matches(grammar::SPACE).is_empty()
        {
            self.body = true;
        }
    }

    fn close_title(&mut self) {
        if let Some(title) = self.open_title.take() {
            self.title = Some(title);
        }
    }

    fn close_style(&mut self) {
        if let Some(style) = self.open_style.take() {
            self.take_css(css::references(&self.base, &style));
        }
    }

    fn take_css(&mut self, found: Vec<(ReferenceKind, Url, &'static str)>) {
        for (role, url, by) in found {
            self.references.load(Found { role, url, by: by.to_owned(), integrity: None, follow: false });
        }
    }

    fn found(&mut self, role: ReferenceKind, by: &str, url: &str, integrity: Option<&str>, follow: bool) {
        if let Some(url) = resolve(&self.base, url) {
            let integrity = integrity.map(|text| grammar::cut(text, MAX_INTEGRITY).to_owned());
            self.references.load(Found { role, url, by: by.to_owned(), integrity, follow });
        }
    }
}

impl Take for Builder {
    fn load(&mut self, role: ReferenceKind, by: &'static str, url: &str, integrity: Option<&str>) {
        self.found(role, by, url, integrity, false);
    }

    fn navigate(&mut self, role: ReferenceKind, by: &'static str, url: &str) {
        self.found(role, by, url, None, true);
    }

    fn wait(&mut self, role: ReferenceKind, by: &'static str, url: &str, follow: bool) {
        self.references.wait(role, by, url, follow);
    }
}

/// True for what does not begin the body (13.2.6.4.4 "in head" and 13.2.6.4.6 "after head").
fn belongs_to_head(name: &str) -> bool {
    matches!(
        name,
        "html"
            | "head"
            | "base"
            | "basefont"
            | "bgsound"
            | "link"
            | "meta"
            | "title"
            | "noscript"
            | "noframes"
            | "style"
            | "script"
            | "template"
    )
}

/// True for a `style` without `type`, or with that of CSS.
fn is_css(tag: &Tag) -> bool {
    attribute(tag, "type").is_none_or(|kind| kind.is_empty() || kind.eq_ignore_ascii_case("text/css"))
}
