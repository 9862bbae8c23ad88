//! What a body is, by its `Content-Type`.

use std::fmt;

use http::HeaderMap;

/// A media type (RFC 9110 section 8.3.1), in lower case. Empty where none is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaType {
    /// `type/subtype` without parameters.
    pub essence: String,
    /// The `charset` parameter.
    pub charset: Option<String>,
}

impl MediaType {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let value = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut parts = value.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        let charset = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
        });
        MediaType { essence, charset }
    }

    /// HTML or XHTML, or nothing that says otherwise: browsers then look at the body, and so does the crawl.
    pub fn is_html(&self) -> bool {
        matches!(self.essence.as_str(), "text/html" | "application/xhtml+xml" | "")
    }

    /// A style sheet.
    pub fn is_css(&self) -> bool {
        self.essence == "text/css"
    }

    /// A document that may lead elsewhere: text, XML and JSON of every kind, but no script.
    pub(super) fn holds_references(&self) -> bool {
        let essence = self.essence.as_str();
        self.is_html()
            // Sitemaps are often kept packed.
            || matches!(essence, "application/gzip" | "application/x-gzip")
            || (essence.starts_with("text/") && essence != "text/javascript")
            || ["xml", "json"].iter().any(|kind| essence.ends_with(kind))
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.essence.is_empty() { "a body without a type" } else { &self.essence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &'static str) -> MediaType {
        MediaType::of(&HeaderMap::from_iter([(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static(value),
        )]))
    }

    #[test]
    fn parameters_are_read() {
        let html = of("Text/HTML ; x=y; Charset=\"ISO-8859-1\"");
        assert_eq!((html.essence.as_str(), html.charset.as_deref()), ("text/html", Some("iso-8859-1")));
        assert!(MediaType::default().is_html());
    }

    #[test]
    fn only_documents_are_read() {
        for read in
            ["text/html", "text/css", "application/rss+xml", "application/manifest+json", "text/plain", ""]
        {
            assert!(of(read).holds_references(), "{read}");
        }
        for left in ["image/png", "application/zip", "text/javascript", "application/javascript", "video/mp4"]
        {
            assert!(!of(left).holds_references(), "{left}");
        }
    }
}
