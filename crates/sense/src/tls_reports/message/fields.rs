//! The fields in front of a message or a part (RFC 5322 section 2.2), and the parameters of some (RFC 2045 section 5.1).

use std::collections::BTreeMap;

use super::super::json;

/// Octets of fields that are looked at.
const MAX_FIELDS: usize = 256 * 1024;

/// Signatures of one message that are told.
const MAX_SIGNATURES: usize = 5;

/// Fields by name, unfolded.
pub(super) struct Fields<'a>(Vec<(&'a [u8], Vec<u8>)>);

/// The name of the field that octets begin with, and what follows its colon.
pub(super) fn name(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = line.iter().take(200).position(|byte| *byte == b':')?;
    let (name, rest) = line.split_at_checked(end)?;
    let name = name.trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    is_name.then(|| (name, rest.get(1..).unwrap_or_default()))
}

impl<'a> Fields<'a> {
    /// The fields, and what comes behind the empty line that ends them.
    pub(super) fn of(bytes: &'a [u8]) -> (Self, &'a [u8]) {
        let mut fields: Vec<(&[u8], Vec<u8>)> = Vec::new();
        let mut at = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            at += line.len();
            let text = line.trim_ascii_end();
            if text.is_empty() {
                break;
            }
            if at > MAX_FIELDS {
                continue;
            }
            if text.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
                if let Some((_, value)) = fields.last_mut() {
                    value.extend_from_slice(text);
                }
            } else if let Some((name, value)) = name(text) {
                fields.push((name, value.to_vec()));
            }
        }
        (Fields(fields), bytes.get(at..).unwrap_or_default())
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = String> + '_ {
        let of_name = self.0.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
        of_name.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// The first field of a name.
    pub(super) fn first(&self, name: &'static str) -> Option<String> {
        self.all(name).next()
    }

    pub(super) fn content_type(&self) -> Option<Value> {
        self.first("content-type").map(|value| Value::of(&value))
    }

    /// The name that an attachment asks to be given.
    pub(super) fn file_name(&self) -> Option<String> {
        let disposition = self.first("content-disposition").map(|value| Value::of(&value));
        let named = disposition.and_then(|value| value.parameter("filename").map(str::to_owned));
        named.or_else(|| self.content_type()?.parameter("name").map(str::to_owned))
    }

    /// The domains (`d=`) of the DKIM signatures (RFC 6376 section 3.5), each once.
    pub(super) fn signing_domains(&self) -> Vec<String> {
        let mut domains: Vec<String> = Vec::new();
        for value in self.all("dkim-signature") {
            let tags = value.split(';').filter_map(|tag| tag.split_once('='));
            let domain =
                tags.into_iter().find(|(name, _)| name.trim() == "d").map(|(_, domain)| domain.trim());
            if let Some(domain) = domain.map(|domain| json::text(domain).to_ascii_lowercase())
                && domains.len() < MAX_SIGNATURES
                && !domains.contains(&domain)
            {
                domains.push(domain);
            }
        }
        domains
    }
}

/// A value with parameters.
#[derive(Debug, Default)]
pub(super) struct Value {
    value: String,
    parameters: BTreeMap<String, String>,
}

impl Value {
    fn of(text: &str) -> Self {
        let mut pieces = pieces(text).into_iter();
        let value = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
        // Pieces of one parameter stand in any order (RFC 2231 section 3).
        let mut found: BTreeMap<(String, u32), String> = BTreeMap::new();
        for piece in pieces {
            let Some((key, value)) = piece.split_once('=') else { continue };
            let mut key = key.trim().split('*');
            let name = key.next().unwrap_or_default().to_ascii_lowercase();
            let (number, is_encoded) = match (key.next(), key.next()) {
                (Some(""), _) => (0, true),
                (Some(number), last) => (number.parse().unwrap_or(0), last.is_some()),
                (None, _) => (0, false),
            };
            let value = unquote(value.trim());
            let value = if is_encoded { percent(&value, number == 0) } else { value };
            found.entry((name, number)).or_insert(value);
        }
        let mut parameters: BTreeMap<String, String> = BTreeMap::new();
        for ((name, _), value) in found {
            parameters.entry(name).or_default().push_str(&value);
        }
        Value { value, parameters }
    }

    /// True where the value begins so.
    pub(super) fn is(&self, start: &str) -> bool {
        self.value.starts_with(start)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    pub(super) fn parameter_is(&self, name: &str, value: &str) -> bool {
        self.parameter(name).is_some_and(|known| known.eq_ignore_ascii_case(value))
    }
}

/// What stands between semicolons that are not quoted.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for c in text.chars() {
        if c == ';' && !is_quoted {
            pieces.push(String::new());
            continue;
        }
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
}

/// A quoted string (RFC 5322 section 3.2.4) as it is meant; another as it is.
fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"') else { return text.to_owned() };
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

/// RFC 2231 section 4: `charset'language'text`, with octets as `%41`.
fn percent(text: &str, is_first: bool) -> String {
    let text = if is_first { text.splitn(3, '\'').nth(2).unwrap_or(text) } else { text };
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        let digit =
            |at: usize| char::from(*more.get(at)?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                rest = more.get(2..).unwrap_or_default();
            }
            _ => out.push(*first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_all_their_forms() {
        let value = Value::of(
            "Multipart/Report; report-type=\"TLSRPT\"; boundary=\"a;\\\"b\" ; name*=utf-8'en'caf%C3%A9; \
             filename*1=\"c.json\"; filename*0=\"a!b!\"; filename*2*=.g%7A; odd",
        );
        assert!(value.is("multipart/"));
        assert!(value.parameter_is("report-type", "tlsrpt"));
        assert_eq!(value.parameter("boundary"), Some("a;\"b"));
        assert_eq!(value.parameter("name"), Some("café"));
        assert_eq!(value.parameter("filename"), Some("a!b!c.json.gz"));
        assert_eq!(value.parameter("odd"), None);
    }

    #[test]
    fn fields_are_unfolded_and_end_at_the_empty_line() {
        let text = b"A: 1\r\nDKIM-Signature: v=1;\r\n\td=Sender.Example; s=x\r\nDKIM-Signature: d=b.example\n\nB: 2\n";
        let (fields, body) = Fields::of(text);
        assert_eq!(body, b"B: 2\n");
        assert_eq!(fields.signing_domains(), ["sender.example", "b.example"]);
        assert_eq!(fields.first("b"), None);
        assert_eq!(name(b"No field"), None);
        assert_eq!(name(b"a b: c"), None);
    }
}
