//! What a style sheet refers to (CSS Syntax 3, CSS Cascade 5 for `@import`, CSS Fonts 4, CSS Images 4).
//!
//! The sheet is read as one flat run of tokens with a stack of open blocks of our own, so that neither the
//! depth of its nesting nor its length costs more than the bytes it has.

use std::collections::HashSet;

use cssparser::{Parser, Token};
use midwatch_model::ReferenceKind;
use url::Url;

use super::html::resolve;

/// References that are taken from one sheet at most.
const MAX_REFERENCES: usize = 20_000;

/// A reference of a sheet: what it is for, where to, and the construct that names it.
type Reference = (ReferenceKind, Url, &'static str);

/// The references of a style sheet, absolute, http or https, without fragment, in the order of the sheet,
/// each once, at most 20,000.
///
/// `@import` counts where browsers heed it: before every other rule but `@charset` and `@layer` statements.
/// `url()`, `src()` and the strings of `image-set()` count in declarations, whether or not a rule applies to
/// anything; in the conditions of at-rules they fetch nothing and do not count.
pub(super) fn references(base: &Url, css: &str) -> Vec<Reference> {
    Sheet::new(base, false).read(css)
}

/// The same for the declarations of a `style` attribute.
pub(super) fn declarations(base: &Url, css: &str) -> Vec<Reference> {
    // Most style attributes name nothing at all, and pages have thousands of them.
    if !css.contains('(') { Vec::new() } else { Sheet::new(base, true).read(css) }
}

/// An open block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Brace,
    /// The block of `@font-face`.
    FontFace,
    Bracket,
    Parenthesis,
    /// `url(` or `src(` whose string has not come yet.
    Url,
    /// The same of an `@import`.
    ImportUrl,
    ImageSet,
}

struct Sheet<'a> {
    base: &'a Url,
    found: Vec<Reference>,
    seen: HashSet<(ReferenceKind, Url)>,
    open: Vec<Open>,
    /// Open blocks in braces; a style attribute counts as one.
    braces: usize,
    font_faces: usize,
    /// Between an at-keyword and its `{` or `;`.
    prelude: bool,
    /// That at-keyword was `@font-face`.
    font_face: bool,
    /// The next token names the sheet to import.
    import: bool,
    /// No rule has come that ends the place of imports.
    imports_allowed: bool,
    /// A rule may begin here.
    fresh: bool,
}

impl<'a> Sheet<'a> {
    fn new(base: &'a Url, attribute: bool) -> Self {
        Self {
            base,
            found: Vec::new(),
            seen: HashSet::new(),
            open: Vec::new(),
            braces: usize::from(attribute),
            font_faces: 0,
            prelude: false,
            font_face: false,
            import: false,
            imports_allowed: !attribute,
            fresh: true,
        }
    }

    fn read(mut self, css: &str) -> Vec<Reference> {
        let mut rest = css;
        // The parser of the crate steps over a block unless a closure is given for its inside, which would be
        // recursion. A new parser for what follows the opening sees the inside as top level instead.
        while self.found.len() < MAX_REFERENCES {
            let mut parser = Parser::new(rest);
            let mut opened = false;
            while let Ok(token) = parser.next() {
                opened = self.token(token);
                if opened || self.found.len() >= MAX_REFERENCES {
                    break;
                }
            }
            match rest.get(parser.position().byte_index()..) {
                Some(inside) if opened => rest = inside,
                _ => break,
            }
        }
        self.found
    }

    /// Takes a token; true where it opens a block.
    fn token(&mut self, token: &Token<'_>) -> bool {
        let import = std::mem::take(&mut self.import);
        if self.open.is_empty() && self.fresh {
            self.begin(token);
        }
        match token {
            Token::AtKeyword(name) => {
                self.prelude = true;
                self.font_face = name.eq_ignore_ascii_case("font-face");
            }
            Token::Semicolon if !matches!(self.open.last(), Some(Open::Parenthesis | Open::Bracket)) => {
                self.fresh |= self.prelude && self.open.is_empty();
                self.prelude = false;
            }
            Token::UnquotedUrl(url) if import => self.take(ReferenceKind::Style, url, "style @import"),
            Token::UnquotedUrl(url) => self.take_value(url, "style url()"),
            Token::QuotedString(text) if import => self.take(ReferenceKind::Style, text, "style @import"),
            Token::QuotedString(text) => self.string(text),
            Token::Function(name) => self.open.push(match name.to_ascii_lowercase().as_str() {
                "url" | "src" if import => Open::ImportUrl,
                "url" | "src" => Open::Url,
                "image-set" | "-webkit-image-set" => Open::ImageSet,
                _ => Open::Parenthesis,
            }),
            Token::ParenthesisBlock => self.open.push(Open::Parenthesis),
            Token::SquareBracketBlock => self.open.push(Open::Bracket),
            Token::CurlyBracketBlock => {
                let font_face = std::mem::take(&mut self.font_face) && self.prelude;
                self.open.push(if font_face { Open::FontFace } else { Open::Brace });
                self.font_faces += usize::from(font_face);
                self.braces += 1;
                self.prelude = false;
            }
            Token::CloseParenthesis => self.close(|open| {
                matches!(open, Open::Parenthesis | Open::Url | Open::ImportUrl | Open::ImageSet)
            }),
            Token::CloseSquareBracket => self.close(|open| open == Open::Bracket),
            Token::CloseCurlyBracket => self.close(|open| matches!(open, Open::Brace | Open::FontFace)),
            _ => {}
        }
        matches!(
            token,
            Token::Function(_)
                | Token::ParenthesisBlock
                | Token::SquareBracketBlock
                | Token::CurlyBracketBlock
        )
    }

    /// The first token of a rule of the top level.
    fn begin(&mut self, token: &Token<'_>) {
        match token {
            Token::CDO | Token::CDC => return,
            Token::AtKeyword(name) if name.eq_ignore_ascii_case("import") => {
                self.import = self.imports_allowed;
            }
            Token::AtKeyword(name)
                if name.eq_ignore_ascii_case("charset") || name.eq_ignore_ascii_case("layer") => {}
            _ => self.imports_allowed = false,
        }
        self.fresh = false;
    }

    /// Closes the innermost block, if it is of the right sort: anything else is stray and does nothing.
    fn close(&mut self, fits: impl Fn(Open) -> bool) {
        let Some(open) = self.open.last().copied().filter(|&open| fits(open)) else { return };
        self.open.pop();
        if matches!(open, Open::Brace | Open::FontFace) {
            self.braces = self.braces.saturating_sub(1);
            self.font_faces = self.font_faces.saturating_sub(usize::from(open == Open::FontFace));
            self.prelude = false;
            if self.open.is_empty() {
                self.fresh = true;
                // A block of the top level was a rule, or the block form of `@layer`.
                self.imports_allowed = false;
            }
        }
    }

    fn string(&mut self, text: &str) {
        match self.open.last_mut() {
            Some(open @ Open::Url) => {
                *open = Open::Parenthesis;
                self.take_value(text, "style url()");
            }
            Some(open @ Open::ImportUrl) => {
                *open = Open::Parenthesis;
                self.take(ReferenceKind::Style, text, "style @import");
            }
            Some(Open::ImageSet) => self.take_value(text, "style image-set()"),
            _ => {}
        }
    }

    /// A URL in the value of a declaration.
    fn take_value(&mut self, url: &str, by: &'static str) {
        if self.braces > 0 && !self.prelude {
            let kind = if self.font_faces > 0 { ReferenceKind::Font } else { ReferenceKind::Image };
            self.take(kind, url, by);
        }
    }

    fn take(&mut self, kind: ReferenceKind, url: &str, by: &'static str) {
        // An empty URL fetches nothing, and one that begins with `#` points into the document itself.
        let url = url.trim();
        if url.is_empty() || url.starts_with('#') {
            return;
        }
        if let Some(url) = resolve(self.base, url)
            && self.seen.insert((kind, url.clone()))
        {
            self.found.push((kind, url, by));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn base() -> Url {
        Url::parse("https://shop.example/assets/shop.css").expect("a test's own URL")
    }

    fn read(css: &str) -> Vec<(ReferenceKind, String, &'static str)> {
        references(&base(), css).into_iter().map(|(kind, url, by)| (kind, url.to_string(), by)).collect()
    }

    fn urls(css: &str) -> Vec<String> {
        read(css).into_iter().map(|(_, url, _)| url.replace("https://shop.example", "")).collect()
    }

    #[test]
    fn the_shops_sheet() {
        let css = "@import url(\"http://shop.example/assets/type.css\");\n\
                   body { margin: 2rem; background: url(http://shop.example/images/paper.png); }\n";
        assert_eq!(
            read(css),
            [
                (ReferenceKind::Style, "http://shop.example/assets/type.css".to_owned(), "style @import"),
                (ReferenceKind::Image, "http://shop.example/images/paper.png".to_owned(), "style url()"),
            ]
        );
    }

    #[test]
    fn imports_in_every_form() {
        for css in [
            "@import 'a.css';",
            "@IMPORT \"a.css\" screen;",
            "@import url(a.css) layer(x) supports(background: url(no.png)) print;",
            "@import URL( 'a.css' );",
            "@import url( a.css )",
            "@import src('a.css');",
            "@charset \"utf-8\"; @layer a, b; @import/* */'a.css';",
            "<!-- @import 'a.css'; -->",
            "@\\69mport 'a.css';",
        ] {
            assert_eq!(
                read(css),
                [(ReferenceKind::Style, "https://shop.example/assets/a.css".to_owned(), "style @import")],
                "{css}"
            );
        }
        assert_eq!(urls("@import 'a.css'; @import 'b.css';"), ["/assets/a.css", "/assets/b.css"]);
    }

    #[test]
    fn imports_that_browsers_ignore() {
        for css in [
            "p {} @import 'a.css';",
            "@media print { @import 'a.css'; }",
            "@layer a {} @import 'a.css';",
            "@namespace svg url(http://www.w3.org/2000/svg); @import 'a.css';",
            "p @import 'a.css'; {}",
            "/* @import 'a.css'; */",
            "@import screen 'a.css';",
            "@import url();",
        ] {
            assert_eq!(urls(css), [""; 0], "{css}");
        }
    }

    #[test]
    fn fonts_and_images_are_told_apart() {
        let css = "@font-face { font-family: x; src: local('x'), url('a.woff2') format('woff2'), url(a.woff) }\n\
                   @media print { @font-face { src: url(b.woff) } p { background: url(b.png) } }\n\
                   p { cursor: url(c.cur), auto }";
        let found: Vec<_> = read(css).into_iter().map(|(kind, url, _)| (kind, url)).collect();
        let at = |path: &str| format!("https://shop.example/assets/{path}");
        assert_eq!(
            found,
            [
                (ReferenceKind::Font, at("a.woff2")),
                (ReferenceKind::Font, at("a.woff")),
                (ReferenceKind::Font, at("b.woff")),
                (ReferenceKind::Image, at("b.png")),
                (ReferenceKind::Image, at("c.cur")),
            ]
        );
    }

    #[test]
    fn urls_in_odd_dress() {
        for (css, expected) in [
            ("p { background: \\75rl(a.png) }", "/assets/a.png"),
            ("p { background: u\\52 L('a.png') }", "/assets/a.png"),
            ("p { background: url(a\\.png) }", "/assets/a.png"),
            ("p { background: url(a\\29.png) }", "/assets/a).png"),
            ("p { background: url( \n 'a.png' \n ) }", "/assets/a.png"),
            ("p { background: url('a.png", "/assets/a.png"),
            ("p { background: url(a.png", "/assets/a.png"),
            ("p { background: url(//shop.example/a.png#x) }", "/a.png"),
            ("p { background: url(/a.png) }}} q { }", "/a.png"),
            ("p { background: image-set('a.png' 1x type('image/png')) }", "/assets/a.png"),
            ("p { background: -webkit-image-set(url(a.png) 1x) }", "/assets/a.png"),
            ("p { --x: url(a.png) }", "/assets/a.png"),
            ("p { & q { mask: url('a.png') } }", "/assets/a.png"),
            ("p { background: url(a.png), url('a.png') }", "/assets/a.png"),
            ("p[x='}'] { background: url(a.png) }", "/assets/a.png"),
            ("\0p { background: url(a.png) }", "/assets/a.png"),
        ] {
            assert_eq!(urls(css), [expected], "{css}");
        }
    }

    #[test]
    fn what_is_not_fetched() {
        for css in [
            "p { content: 'url(a.png)' }",
            "p { /* url(a.png) */ }",
            "p { filter: url(#blur) }",
            "p { background: url() }",
            "p { background: url(data:image/png;base64,AAAA) }",
            "p { background: url(a b.png) }",
            "@supports (background: url(a.png)) { }",
            "p { @supports (background: url(a.png)) { } }",
            "@namespace url(http://www.w3.org/1999/xhtml);",
            "p { background: url(javascript:alert) }",
        ] {
            assert_eq!(urls(css), [""; 0], "{css}");
        }
    }

    #[test]
    fn an_attribute_holds_declarations_alone() {
        let found = declarations(&base(), "color: red; background: url(a.png)");
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().map(|found| found.2), Some("style url()"));
        assert!(declarations(&base(), "@import url(a.css); color: red").is_empty());
        assert_eq!(declarations(&base(), "@x url(a.css); background: url(b.png)").len(), 1);
    }

    #[test]
    fn hostile_sheets_cost_little() {
        let begun = Instant::now();
        for nested in ["p{", "(", "[", "url(", "a(", "@media x{", "/*", "@import ", "image-set("] {
            let css = nested.repeat(100_000);
            let _ = references(&base(), &css);
        }
        let mut many = String::from("p {");
        for number in 0..30_000 {
            many.push_str(&format!("background: url({number});"));
        }
        assert_eq!(references(&base(), &many).len(), MAX_REFERENCES);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }

    proptest! {
        #[test]
        fn no_sheet_breaks_it(css in ".*") {
            let _ = references(&base(), &css);
            let _ = declarations(&base(), &css);
        }

        #[test]
        fn no_pile_of_tokens_breaks_it(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "@import", " ", "url(", "'a", "'", "\"", ")", "{", "}", ";", "@font-face", "src:", "/*",
                    "*/", "\\", "image-set(", "[", "]", "\n", "a.png", "é", "\0", "<!--", "-->",
                ]),
                0..60,
            )
        ) {
            for (_, url, _) in references(&base(), &parts.concat()) {
                prop_assert!(matches!(url.scheme(), "http" | "https"));
            }
        }
    }
}
