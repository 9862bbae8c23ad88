//! Reports in a message: RFC 5322 and as much of MIME (RFC 2045 to 2047, 2231) as they need.
//!
//! There are crates for messages. The one that was tried (mail-parser 0.11.2) overflows the stack where ten thousand messages lie in
//! each other, which whoever sends mail to the address for reports can arrange. Here, depth and number are bounded.

mod encoding;
mod fields;

use std::borrow::Cow;

use midwatch_model::{Reason, ReasonKind, TlsReport};

use super::{Found, Look, MAX_REPORT, gzip, json, look};
use fields::{Fields, Value};

/// How deep parts and messages may lie in each other. A report lies at 1, a forwarded one at 3.
const MAX_DEPTH: u32 = 8;

/// Parts of one message that are looked at.
const MAX_PARTS: u32 = 200;

/// Octets from which on no further part of a message is unpacked.
const MAX_OCTETS: usize = MAX_REPORT;

/// True where octets begin as a message does: with the name of a field and a colon.
pub(super) fn begins_one(bytes: &[u8]) -> bool {
    fields::name(bytes).is_some()
}

/// Every report in a message.
pub(super) fn reports(bytes: &[u8]) -> Found {
    let (fields, _) = Fields::of(bytes);
    let mut walk = Walk { found: Found::default(), parts: 0, about: About::default() };
    walk.about.signed_by = fields.signing_domains();
    walk.about.domain = fields.first("tls-report-domain").map(|value| json::text(value.trim()));
    let mut is_declared = walk.about.domain.is_some();
    is_declared |= fields.content_type().is_some_and(|kind| kind.parameter_is("report-type", "tlsrpt"));
    walk.part(bytes, 0, is_declared);
    walk.found
}

/// What a message says of the reports in it.
#[derive(Default)]
struct About {
    signed_by: Vec<String>,
    domain: Option<String>,
}

struct Walk {
    found: Found,
    parts: u32,
    about: About,
}

impl Walk {
    /// A message or a part, with its fields. `is_declared` where what is around it says that a report is in it.
    fn part(&mut self, bytes: &[u8], depth: u32, is_declared: bool) {
        self.parts += 1;
        if depth > MAX_DEPTH || self.parts > MAX_PARTS {
            return;
        }
        let (fields, body) = Fields::of(bytes);
        let kind = fields.content_type().unwrap_or_default();
        if kind.is("multipart/") {
            let is_declared = is_declared || kind.parameter_is("report-type", "tlsrpt");
            if let Some(boundary) = kind.parameter("boundary").filter(|text| !text.is_empty()) {
                for part in parts(body, boundary.as_bytes()) {
                    self.part(part, depth + 1, is_declared);
                }
            }
            return;
        }
        let coding = fields.first("content-transfer-encoding").unwrap_or_default();
        let body = encoding::decode(body, coding.trim());
        if kind.is("message/rfc822") || kind.is("message/global") {
            return self.part(&body, depth + 1, is_declared);
        }
        self.leaf(&kind, &fields, &body, is_declared);
    }

    fn leaf(&mut self, kind: &Value, fields: &Fields<'_>, body: &[u8], is_declared: bool) {
        let name = fields.file_name();
        let is_own = kind.is("application/tlsrpt");
        // Not every sender uses the types of RFC 8460, and other mail has attachments too.
        let may_be_one = is_own
            || kind.is("application/")
            || kind.is("text/json")
            || name.as_deref().is_some_and(|name| {
                [".json", ".gz"].iter().any(|end| name.to_ascii_lowercase().ends_with(end))
            });
        if !may_be_one {
            return;
        }
        let json: Cow<'_, [u8]> = match look(body) {
            Look::Json => Cow::Borrowed(body),
            _ if self.found.octets > MAX_OCTETS => {
                let why = Reason::new(ReasonKind::Limit, "the parts of a message unpack to too much");
                return self.broken(is_own || is_declared, why);
            }
            Look::Gzip => match gzip::unpack(body, MAX_REPORT) {
                Ok(json) => Cow::Owned(json),
                Err((why, octets)) => {
                    self.found.octets = self.found.octets.saturating_add(octets);
                    return self.broken(is_own || is_declared, why);
                }
            },
            _ if is_own => {
                let why = super::other("a part of the type of a report is neither JSON nor gzip");
                return self.broken(true, why);
            }
            _ => return,
        };
        self.found.octets = self.found.octets.saturating_add(json.len());
        match json::report(&json) {
            Ok(report) => {
                let report = self.complete(report, name.as_deref());
                self.found.reports.push(report);
            }
            Err(why) => self.broken(is_own || is_declared, why),
        }
    }

    fn broken(&mut self, is_declared: bool, why: Reason) {
        if is_declared && !self.found.broken.contains(&why) {
            self.found.broken.push(why);
        }
    }

    /// What the message tells and the report need not: Postfix leaves the domain out where it found no policy.
    fn complete(&self, mut report: TlsReport, name: Option<&str>) -> TlsReport {
        report.signed_by.clone_from(&self.about.signed_by);
        // RFC 8460 section 5.1: sender!domain!begin!end!id.json.gz
        let of_name = name.and_then(|name| name.split('!').nth(1)).map(json::text);
        let domain = self.about.domain.clone().or(of_name);
        let domain = domain.map(|domain| domain.trim_end_matches('.').to_ascii_lowercase());
        for policy in &mut report.policies {
            if policy.domain.is_none() {
                policy.domain.clone_from(&domain);
            }
        }
        report
    }
}

/// The parts between the lines of a boundary (RFC 2046 section 5.1.1). One that is not ended is a part even so.
fn parts<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let mut start: Option<usize> = None;
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let begin = at;
        at += line.len();
        let Some(rest) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)) else {
            continue;
        };
        let rest = rest.trim_ascii_end();
        let is_last = rest == b"--";
        if !rest.is_empty() && !is_last {
            continue;
        }
        if let Some(start) = start {
            found.extend(body.get(start..begin));
        }
        start = (!is_last).then_some(at);
        if is_last || found.len() >= MAX_PARTS as usize {
            return found;
        }
    }
    if let Some(start) = start {
        found.extend(body.get(start..));
    }
    found
}
