//! What a site is asked, and what it answers, free of I/O.

use std::collections::BTreeSet;

use crate::Defence;

/// The scheme that a request came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Plain.
    Http,
    /// Inside TLS.
    Https,
}

/// A request, as far as the sites look at it.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) scheme: Scheme,
    /// Lower-case, without port.
    pub(crate) host: String,
    /// Without query.
    pub(crate) path: String,
    /// The path with its query.
    pub(crate) path_and_query: String,
    pub(crate) is_post: bool,
    /// The `Cookie` field, empty where there is none.
    pub(crate) cookies: String,
    /// A fresh random session key, should one be needed: 32 hexadecimal digits.
    pub(crate) new_session: String,
}

impl Visit {
    /// The visitor brought a cookie of this name.
    pub(crate) fn has_cookie(&self, name: &str) -> bool {
        self.cookies
            .split(';')
            .any(|pair| pair.split_once('=').is_some_and(|(cookie, _)| cookie.trim() == name))
    }
}

/// The defences that are switched on.
pub(crate) type Defences = BTreeSet<Defence>;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// An answer with a body of this media type.
    pub(crate) fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, headers: vec![("content-type", media_type.to_owned())], body: body.into() }
    }

    /// A page.
    pub(crate) fn html(body: String) -> Answer {
        Answer::new(200, "text/html; charset=utf-8", body)
    }

    /// A short text with an error status.
    pub(crate) fn error(status: u16, text: &str) -> Answer {
        Answer::new(status, "text/plain; charset=utf-8", text)
    }

    /// A redirect.
    pub(crate) fn redirect(status: u16, location: String) -> Answer {
        let mut answer = Answer::new(status, "text/plain; charset=utf-8", format!("See {location}\n"));
        answer.set("location", location);
        answer
    }

    /// Adds a header line.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.push((name, value.into()));
    }
}

/// The bytes of a PNG image of one grey pixel.
pub(crate) const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00,
    0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81,
    0xda, 0x45, 0x08, 0x3b, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];
