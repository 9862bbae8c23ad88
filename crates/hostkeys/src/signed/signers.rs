//! Who may sign: the file of ssh-keygen(1), ALLOWED SIGNERS, or public keys as `ssh-keygen` writes them to `.pub`.

use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::certificate::{Certificate, CertificateKind, Signature};
use crate::key::{KeyError, PublicKey};
use crate::pattern::{self, Listed};

/// The largest file of signers that is read, in bytes.
pub const LARGEST: u64 = 1024 * 1024;

/// Seconds that a time without `Z` may be later in the zone that it was meant in: UTC-12 is the last on earth.
const LATEST_ZONE: u64 = 12 * 3600;

/// Seconds that it may be earlier: UTC+14 is the first.
const EARLIEST_ZONE: u64 = 14 * 3600;

/// Critical options that narrow logins down and say nothing of signatures.
const OF_LOGINS: [&str; 2] = ["force-command", "source-address"];

/// A file of allowed signers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signers {
    path: PathBuf,
    lines: Vec<(usize, Result<Allowed, Flaw>)>,
}

/// One who may sign.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    /// Whom it is about: a list of patterns, or the comment of a public key.
    principals: Vec<u8>,
    key: PublicKey,
    /// `cert-authority`: the key signs certificates of signers, and is none itself.
    authority: bool,
    namespaces: Option<Vec<u8>>,
    after: Option<Moment>,
    before: Option<Moment>,
}

/// A time as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    /// Seconds since 1970, as if in UTC.
    seconds: u64,
    /// `Z` stands behind it. Else it is in the zone of whoever reads it.
    utc: bool,
}

/// Why a line is passed over, as OpenSSH does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It ends early.
    #[error("it ends before the key")]
    Truncated,
    /// A quotation mark without its other half.
    #[error("a quotation mark is not closed")]
    Quotes,
    /// A value without quotation marks.
    #[error("the value of {0} has to stand in quotation marks")]
    Unquoted(&'static str),
    /// Another option.
    #[error("the option {0:?} is not known")]
    Option(String),
    /// Twice.
    #[error("{0} stands there twice")]
    Twice(&'static str),
    /// A time that is none.
    #[error("{0} has no time in the form YYYYMMDDZ or YYYYMMDDHHMMSSZ")]
    Time(&'static str),
    /// Times that leave nothing between them.
    #[error("valid-before is not later than valid-after")]
    Order,
    /// The key.
    #[error("{0}")]
    Key(KeyError),
    /// A certificate where a key has to stand.
    #[error("it has a certificate: write the authority's key with cert-authority instead")]
    Certificate,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Their name: the principals of the line, of a certificate the one that the line allows, of a public key alone its
    /// comment, which may be empty.
    pub principal: String,
    /// The fingerprint of their key.
    pub fingerprint: String,
    /// The fingerprint of the authority, where it has certified the key.
    pub authority: Option<String>,
    /// The line that allows them.
    pub line: usize,
}

/// Why somebody may not sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// No line has the key.
    #[error("it is signed by {fingerprint}, which {} does not list{}: take the right file of signers, or have one of them sign it", .path.display(), flawed(.flaw))]
    Unlisted {
        /// The key, or of a certificate the key that it is for.
        fingerprint: String,
        /// The file of signers.
        path: PathBuf,
        /// The first line that was not understood.
        flaw: Option<(usize, Flaw)>,
    },
    /// The line is for other things.
    #[error("the signer of line {line} may not sign for {namespace:?}: add it to the line's namespaces")]
    Namespaces {
        /// The line.
        line: usize,
        /// For what.
        namespace: String,
    },
    /// Too early.
    #[error("the signer of line {0} may not sign yet (valid-after)")]
    NotYetValid(usize),
    /// Too late.
    #[error("the signer of line {0} may not sign any more (valid-before): have another sign the file")]
    Expired(usize),
    /// It depends on the reader's time zone.
    #[error(
        "whether the signer of line {0} may sign now depends on the time zone: write its times with a Z, in UTC"
    )]
    Zone(usize),
    /// The certificate is not one that the line allows.
    #[error("the signer's certificate does not count for line {line}: {why}")]
    Certificate {
        /// The line.
        line: usize,
        /// Why not.
        why: &'static str,
    },
}

fn flawed(flaw: &Option<(usize, Flaw)>) -> String {
    match flaw {
        Some((line, flaw)) => format!(" (line {line} is passed over: {flaw})"),
        None => String::new(),
    }
}

impl Signers {
    /// Reads the bytes of a file. There is no error: a line that is not understood allows nobody.
    pub fn parse(path: &Path, bytes: &[u8]) -> Signers {
        let mut lines = Vec::new();
        for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
            let line = trim(line.strip_suffix(b"\r").unwrap_or(line));
            if !matches!(line.first(), None | Some(b'#')) {
                lines.push((number, allowed(line)));
            }
        }
        Signers { path: path.to_owned(), lines }
    }

    /// Where it was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Who a key or certificate is, where it may sign for a namespace at a time, in seconds since 1970.
    ///
    /// # Errors
    /// [`NotAllowed`]: the first line that has the key says why.
    pub fn who(&self, key: &PublicKey, namespace: &str, now: u64) -> Result<Signer, NotAllowed> {
        let mut refused = None;
        for (line, allowed) in &self.lines {
            let Ok(allowed) = allowed else { continue };
            match allowed.who(*line, key, namespace, now) {
                None => {}
                Some(Ok(signer)) => return Ok(signer),
                Some(Err(why)) => refused = refused.or(Some(why)),
            }
        }
        Err(refused.unwrap_or_else(|| NotAllowed::Unlisted {
            fingerprint: key.fingerprint(),
            path: self.path.clone(),
            flaw: self.lines.iter().find_map(|(line, one)| Some((*line, one.as_ref().err()?.clone()))),
        }))
    }
}

impl Allowed {
    /// `None` where the line is about somebody else.
    fn who(
        &self,
        line: usize,
        key: &PublicKey,
        namespace: &str,
        now: u64,
    ) -> Option<Result<Signer, NotAllowed>> {
        let certificate = match (self.authority, key.certificate()) {
            (false, None) if self.key == *key => None,
            (true, Some(certificate)) if self.key.same_key(&certificate.authority) => Some(certificate),
            _ => return None,
        };
        Some(self.may(line, namespace, now).and_then(|()| {
            let principal = match certificate {
                None => String::from_utf8_lossy(&self.principals).into_owned(),
                Some(certificate) => certified(certificate, &self.principals, now)
                    .map_err(|why| NotAllowed::Certificate { line, why })?,
            };
            let authority = certificate.map(|_| self.key.fingerprint());
            Ok(Signer { principal, fingerprint: key.fingerprint(), authority, line })
        }))
    }

    fn may(&self, line: usize, namespace: &str, now: u64) -> Result<(), NotAllowed> {
        if let Some(namespaces) = &self.namespaces
            && pattern::list(namespace.as_bytes(), namespaces) != Listed::Yes
        {
            return Err(NotAllowed::Namespaces { line, namespace: namespace.to_owned() });
        }
        if let Some(after) = self.after {
            let (earliest, latest) = after.between();
            if now < earliest {
                return Err(NotAllowed::NotYetValid(line));
            }
            if now < latest {
                return Err(NotAllowed::Zone(line));
            }
        }
        if let Some(before) = self.before {
            let (earliest, latest) = before.between();
            // The second itself is still in time (sshsig.c).
            if now > latest {
                return Err(NotAllowed::Expired(line));
            }
            if now > earliest {
                return Err(NotAllowed::Zone(line));
            }
        }
        Ok(())
    }
}

/// The name in a certificate that the line's patterns allow (`sshkey_cert_check_authority` for a user).
fn certified(certificate: &Certificate, patterns: &[u8], now: u64) -> Result<String, &'static str> {
    match certificate.check_signature() {
        Signature::Good => {}
        Signature::Bad => return Err("it is not signed by the key that it names"),
        Signature::Disallowed(_) => return Err("it is signed with SHA-1"),
        Signature::NotChecked(_) => return Err("its signature cannot be verified here"),
    }
    if certificate.kind != CertificateKind::User {
        return Err("it is for a host, and signers have certificates for users");
    }
    if now < certificate.valid_after {
        return Err("it is not valid yet");
    }
    if now >= certificate.valid_before {
        return Err("it has expired");
    }
    if !certificate.critical_options.iter().all(|option| OF_LOGINS.contains(&option.as_str())) {
        return Err("it has a critical option that is not known here");
    }
    let named = certificate.principals.iter();
    let mut named = named.filter(|one| pattern::list(one.as_bytes(), patterns) == Listed::Yes);
    named.next().cloned().ok_or("none of its principals is one that the line allows")
}

impl Moment {
    /// The first and the last second that it may mean.
    fn between(self) -> (u64, u64) {
        if self.utc {
            return (self.seconds, self.seconds);
        }
        (self.seconds.saturating_sub(EARLIEST_ZONE), self.seconds.saturating_add(LATEST_ZONE))
    }

    /// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with `Z` or `UTC` behind it or not.
    fn parse(text: &[u8]) -> Option<Moment> {
        let text = std::str::from_utf8(text).ok()?.to_ascii_uppercase();
        let (digits, utc) = match text.strip_suffix("UTC").or_else(|| text.strip_suffix('Z')) {
            Some(digits) => (digits, true),
            None => (text.as_str(), false),
        };
        if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = |from: usize, to: usize| digits.get(from..to).unwrap_or("0").parse::<i16>().ok();
        let small = |from: usize| number(from, from + 2).and_then(|number| i8::try_from(number).ok());
        let (hour, minute, second) = match digits.len() {
            8 => (0, 0, 0),
            12 => (small(8)?, small(10)?, 0),
            _ => (small(8)?, small(10)?, small(12)?),
        };
        let at = DateTime::new(number(0, 4)?, small(4)?, small(6)?, hour, minute, second, 0).ok()?;
        let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        // 1970 itself means no time at all there.
        let seconds = u64::try_from(at).ok().filter(|seconds| *seconds > 0)?;
        Some(Moment { seconds, utc })
    }
}

/// One line, without white space around it.
fn allowed(line: &[u8]) -> Result<Allowed, Flaw> {
    // A public key alone: no principal is called like a type of key.
    if let Some(key) = key(line) {
        let (key, comment) = key.map_err(Flaw::Key)?;
        return bare(key, comment);
    }
    let (principals, rest) = match line.strip_prefix(b"\"") {
        None => word(line),
        Some(quoted) => {
            let end = quoted.iter().position(|byte| *byte == b'"').ok_or(Flaw::Quotes)?;
            let (principals, rest) = quoted.split_at_checked(end).ok_or(Flaw::Quotes)?;
            (principals, trim(rest.get(1..).unwrap_or_default()))
        }
    };
    let (options, rest) = match key(rest) {
        Some(_) => (&[][..], rest),
        None => past_options(rest)?,
    };
    let (key, _) = key(rest).ok_or(Flaw::Truncated)?.map_err(Flaw::Key)?;
    let mut allowed = bare(key, principals)?;
    set_options(&mut allowed, options)?;
    Ok(allowed)
}

fn bare(key: PublicKey, principals: &[u8]) -> Result<Allowed, Flaw> {
    if key.certificate().is_some() {
        return Err(Flaw::Certificate);
    }
    let principals = principals.to_vec();
    Ok(Allowed { principals, key, authority: false, namespaces: None, after: None, before: None })
}

/// A key and what follows it. `None` where the first word is no type of key.
fn key(line: &[u8]) -> Option<Result<(PublicKey, &[u8]), KeyError>> {
    let (kind, rest) = word(line);
    let (base64, comment) = word(rest);
    match PublicKey::from_text(&String::from_utf8_lossy(kind), base64) {
        Ok(key) => Some(Ok((key, comment))),
        Err(KeyError::Type(_)) => None,
        Err(why) => Some(Err(why)),
    }
}

/// The options up to white space that is not quoted, and what follows (`sshkey_advance_past_options`).
fn past_options(line: &[u8]) -> Result<(&[u8], &[u8]), Flaw> {
    let (mut at, mut quoted) = (0, false);
    loop {
        match (line.get(at), line.get(at + 1)) {
            (None, _) if quoted => return Err(Flaw::Quotes),
            (None, _) => return Err(Flaw::Truncated),
            (Some(b' ' | b'\t'), _) if !quoted => break,
            (Some(b'\\'), Some(b'"')) => at += 2,
            (Some(byte), _) => {
                quoted ^= *byte == b'"';
                at += 1;
            }
        }
    }
    let (options, rest) = line.split_at_checked(at).unwrap_or_default();
    Ok((options, trim(rest)))
}

fn set_options(allowed: &mut Allowed, options: &[u8]) -> Result<(), Flaw> {
    let mut rest = options;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'=' | b',')).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end).unwrap_or_default();
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        rest = match name.as_str() {
            "cert-authority" if after.first() != Some(&b'=') => {
                allowed.authority = true;
                after
            }
            "namespaces" => {
                let (value, after) = value("namespaces", after)?;
                if allowed.namespaces.replace(value).is_some() {
                    return Err(Flaw::Twice("namespaces"));
                }
                after
            }
            "valid-after" => time("valid-after", after, &mut allowed.after)?,
            "valid-before" => time("valid-before", after, &mut allowed.before)?,
            _ => return Err(Flaw::Option(name.chars().take(100).collect())),
        };
        rest = match rest.strip_prefix(b",") {
            Some(b"") => return Err(Flaw::Truncated),
            Some(more) => more,
            None if rest.is_empty() => rest,
            None => return Err(Flaw::Option(String::from_utf8_lossy(rest).chars().take(100).collect())),
        };
    }
    match (allowed.after, allowed.before) {
        (Some(after), Some(before)) if before.seconds <= after.seconds => Err(Flaw::Order),
        _ => Ok(()),
    }
}

fn time<'a>(name: &'static str, after: &'a [u8], to: &mut Option<Moment>) -> Result<&'a [u8], Flaw> {
    let (value, rest) = value(name, after)?;
    if to.replace(Moment::parse(&value).ok_or(Flaw::Time(name))?).is_some() {
        return Err(Flaw::Twice(name));
    }
    Ok(rest)
}

/// `="value"`, with `\"` for a quotation mark in it, and what follows.
fn value<'a>(name: &'static str, text: &'a [u8]) -> Result<(Vec<u8>, &'a [u8]), Flaw> {
    let mut rest = text.strip_prefix(b"=\"").ok_or(Flaw::Unquoted(name))?;
    let mut value = Vec::new();
    loop {
        match rest {
            [b'\\', b'"', more @ ..] => {
                value.push(b'"');
                rest = more;
            }
            [b'"', more @ ..] => return Ok((value, more)),
            [byte, more @ ..] => {
                value.push(*byte);
                rest = more;
            }
            [] => return Err(Flaw::Quotes),
        }
    }
}

/// The first word, and what follows without the white space between.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end).unwrap_or_default();
    (word, trim(rest))
}

fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}
