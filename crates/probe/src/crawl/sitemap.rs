//! Sitemaps (sitemaps.org, protocol 0.9): XML and plain text.
//!
//! Nothing of the XML is needed but the contents of `loc` below `url` and `sitemap`, so it is scanned rather
//! than parsed: no entity but the five of XML and character references is known, and none can be declared.

use std::collections::HashSet;

use url::Url;

use super::html::{decode, resolve};

/// URLs of each kind that are taken from one sitemap at most: what the protocol allows.
const MAX_URLS: usize = 50_000;

/// Elements that are remembered as open; what is deeper is no sitemap.
const MAX_DEPTH: usize = 64;

/// What a sitemap names: absolute, http or https, without fragment, in order, each once, at most 50,000 of
/// each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sitemap {
    /// Pages.
    pub pages: Vec<Url>,
    /// Further sitemaps, where it is an index.
    pub sitemaps: Vec<Url>,
}

/// Reads a sitemap (uncompressed). `base` is its own URL: the protocol wants whole URLs, but parts of them do
/// occur in XML and are resolved. A text whose first character is not `<` is read as one whole URL to a line.
pub(super) fn urls(base: &Url, bytes: &[u8]) -> Sitemap {
    let text = decode(bytes, None);
    let text = text.trim_start();
    let mut found = Collector::default();
    if text.starts_with('<') {
        scan(base, text, &mut found);
    } else {
        for line in text.lines() {
            if let Ok(url) = Url::parse(line.trim()) {
                found.page(resolve(&url, ""));
            }
        }
    }
    found.sitemap
}

#[derive(Default)]
struct Collector {
    sitemap: Sitemap,
    seen: HashSet<(bool, Url)>,
}

impl Collector {
    fn page(&mut self, url: Option<Url>) {
        if let Some(url) = url.filter(|_| self.sitemap.pages.len() < MAX_URLS)
            && self.seen.insert((true, url.clone()))
        {
            self.sitemap.pages.push(url);
        }
    }

    fn index(&mut self, url: Option<Url>) {
        if let Some(url) = url.filter(|_| self.sitemap.sitemaps.len() < MAX_URLS)
            && self.seen.insert((false, url.clone()))
        {
            self.sitemap.sitemaps.push(url);
        }
    }
}

fn scan(base: &Url, text: &str, found: &mut Collector) {
    let mut open: Vec<&str> = Vec::new();
    // The text of the `loc` at hand.
    let mut loc: Option<String> = None;
    let mut rest = text;
    while let Some((before, markup)) = rest.split_once('<') {
        if let Some(loc) = &mut loc {
            unescape(before, loc);
        }
        rest = if let Some(comment) = markup.strip_prefix("!--") {
            after(comment, "-->")
        } else if let Some(section) = markup.strip_prefix("![CDATA[") {
            let (data, rest) = section.split_once("]]>").unwrap_or((section, ""));
            if let Some(loc) = &mut loc {
                loc.push_str(data);
            }
            rest
        } else if markup.starts_with('?') {
            after(markup, "?>")
        } else if markup.starts_with('!') {
            after_doctype(markup)
        } else {
            let end = tag_end(markup);
            let tag = markup.get(..end).unwrap_or(markup);
            if let Some(name) = tag.strip_prefix('/') {
                let name = local_name(name);
                if let Some(loc) = loc.take()
                    && name == "loc"
                {
                    match open.iter().rev().nth(1) {
                        Some(&"url") => found.page(resolve_loc(base, &loc)),
                        Some(&"sitemap") => found.index(resolve_loc(base, &loc)),
                        _ => {}
                    }
                }
                // What was left open within it is closed with it.
                if let Some(at) = open.iter().rposition(|&other| other == name) {
                    open.truncate(at);
                }
            } else if !tag.ends_with('/') {
                let name = local_name(tag);
                if open.len() >= MAX_DEPTH {
                    return;
                }
                open.push(name);
                loc = (name == "loc").then(String::new);
            }
            markup.get(end.saturating_add(1)..).unwrap_or_default()
        };
    }
}

fn resolve_loc(base: &Url, loc: &str) -> Option<Url> {
    let loc = loc.trim();
    if loc.is_empty() { None } else { resolve(base, loc) }
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// What follows a `<!DOCTYPE`, over its internal subset.
fn after_doctype(text: &str) -> &str {
    match text.find(['[', '>']) {
        Some(at) if text.as_bytes().get(at) == Some(&b'[') => {
            after(after(text.get(at..).unwrap_or_default(), "]"), ">")
        }
        Some(at) => text.get(at.saturating_add(1)..).unwrap_or_default(),
        None => "",
    }
}

/// Where a tag's `>` stands, past those in quotes; the text's length where there is none.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// The name of a tag without its prefix.
fn local_name(tag: &str) -> &str {
    let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

/// Appends text with XML's five entities and character references put in place; others stand as they are.
fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        out.push_str(before);
        // No reference that is known is longer than `&#x10FFFF;`, with some zeros before.
        let end = reference.bytes().take(16).position(|byte| byte == b';');
        let value = end.and_then(|end| reference.get(..end)).and_then(|name| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                code.ok().and_then(char::from_u32)
            }
        });
        match (value, end.and_then(|end| reference.get(end.saturating_add(1)..))) {
            (Some(value), Some(after)) => {
                out.push(value);
                rest = after;
            }
            _ => {
                out.push('&');
                rest = reference;
            }
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn base() -> Url {
        Url::parse("https://shop.example/maps/sitemap.xml").expect("a test's own URL")
    }

    fn pages(text: &str) -> Vec<String> {
        urls(&base(), text.as_bytes()).pages.iter().map(Url::to_string).collect()
    }

    #[test]
    fn a_list_of_pages() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <!-- <url><loc>https://shop.example/no</loc></url> -->\n\
            <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:image=\"x>y\">\n\
            <url><loc>http://shop.example/</loc><lastmod>2024-01-01</lastmod></url>\n\
            <url>\n<loc>\n https://shop.example/a?b=1&amp;c=&#50;&#x33; \n</loc>\
            <image:image><image:loc>https://shop.example/i.png</image:loc></image:image></url>\n\
            <s:url><s:loc><![CDATA[https://shop.example/c?d&e]]></s:loc></s:url>\
            <url><loc>/part#x</loc></url><url><loc>/part</loc></url><url><loc></loc></url><url><loc/></url>\
            <url><loc>ftp://shop.example/</loc></url><loc>https://shop.example/stray</loc>\n</urlset>";
        assert_eq!(
            pages(text),
            [
                "http://shop.example/",
                "https://shop.example/a?b=1&c=23",
                "https://shop.example/c?d&e",
                "https://shop.example/part",
            ]
        );
    }

    #[test]
    fn an_index() {
        let text =
            "\u{feff}<sitemapindex><sitemap><loc>https://shop.example/1.xml</loc></sitemap></sitemapindex>";
        let map = urls(&base(), text.as_bytes());
        assert!(map.pages.is_empty());
        assert_eq!(map.sitemaps.iter().map(Url::as_str).collect::<Vec<_>>(), ["https://shop.example/1.xml"]);
    }

    #[test]
    fn plain_text() {
        let text = "\u{feff}https://shop.example/a\r\n\r\n  http://shop.example/b#c  \nno url\nmailto:a@b\n";
        assert_eq!(pages(text), ["https://shop.example/a", "http://shop.example/b"]);
    }

    #[test]
    fn entities_cannot_be_declared() {
        let text = "<!DOCTYPE urlset [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\
                    <urlset><url><loc>https://shop.example/&b;</loc></url></urlset>";
        assert_eq!(pages(text), ["https://shop.example/&b;"]);
        assert_eq!(
            pages("<!DOCTYPE x><url><loc>https://shop.example/</loc></url>"),
            ["https://shop.example/"]
        );
    }

    #[test]
    fn an_html_page_is_no_sitemap() {
        assert!(
            pages("<!doctype html><html><body><a href=/x>https://shop.example/</a></body></html>").is_empty()
        );
    }

    #[test]
    fn hostile_maps_cost_little() {
        let begun = Instant::now();
        for text in ["<url>", "<loc>&", "<!--", "<![CDATA[", "<!x[", "<a \"", "<url><loc>", "</loc", "&#x41"]
        {
            let text = format!("<x>{}", text.repeat(200_000));
            let _ = urls(&base(), text.as_bytes());
        }
        let many: String = (0..60_000).map(|n| format!("<url><loc>/{n}</loc></url>")).collect();
        assert_eq!(pages(&many).len(), MAX_URLS);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = urls(&base(), &bytes);
        }

        #[test]
        fn no_markup_breaks_it(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "<url>", "<loc>", "</loc>", "</url>", "<sitemap>", "&", ";", "&#x", "é", "<", ">", "\"",
                    "<![CDATA[", "]]>", "<!--", "-->", "<!", "[", "/", ":", "http://a/", " ", "\0",
                ]),
                0..60,
            )
        ) {
            let _ = urls(&base(), parts.concat().as_bytes());
        }
    }
}
