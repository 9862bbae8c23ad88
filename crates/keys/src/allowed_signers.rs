//! The file of allowed signers of `ssh-keygen -Y verify` (ssh-keygen(1), ALLOWED SIGNERS): a key added, as bytes.
//!
//! Lines that are not concerned keep every byte. A line `principal key` is added without options, so that the key may sign
//! in every namespace.

use crate::hash::base64;
use crate::{Format, Hint, PublicKey, read};

/// The largest file that is changed.
pub const MAX_BYTES: usize = 1 << 20;

/// The longest principal.
const MAX_PRINCIPAL: usize = 255;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// The key was there for this principal already; nothing is changed.
    There,
    /// The new bytes.
    Added {
        /// All of them.
        bytes: Vec<u8>,
        /// The fingerprints of the keys that went.
        gone: Vec<String>,
    },
}

/// Why nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// Not a name of one signer.
    #[error(
        "'{0}' is no principal: letters, digits and such signs as @ . + - _ are, without spaces, commas and wildcards"
    )]
    Principal(String),
    /// Another format.
    #[error("only OpenSSH keys sign for it")]
    Format,
    /// The file is no such file.
    #[error("it is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// Other keys of the principal.
    #[error("it has another key for '{principal}': {}", .fingerprints.join(", "))]
    Other {
        /// Whose.
        principal: String,
        /// Their fingerprints.
        fingerprints: Vec<String>,
    },
    /// A line is not this principal's alone.
    #[error("its line {line} holds another key for '{principal}' and for others too; change it by hand")]
    Shared {
        /// Whose.
        principal: String,
        /// Which, counted from 1.
        line: usize,
    },
}

/// Whether a principal may be written.
pub fn may_be_written(principal: &str) -> bool {
    (1..=MAX_PRINCIPAL).contains(&principal.len())
        && !principal.starts_with('#')
        && principal.bytes().all(|byte| byte.is_ascii_graphic() && !b"*?!,\"'\\".contains(&byte))
}

/// Adds a key for a principal. Other keys that the file names for just this principal go where `replace` says so, and are an
/// error else. Authorities (`cert-authority`) and lines whose pattern merely fits are left alone.
///
/// # Errors
/// [`SignerError`].
pub fn with(file: &[u8], principal: &str, key: &PublicKey, replace: bool) -> Result<Changed, SignerError> {
    if !may_be_written(principal) {
        return Err(SignerError::Principal(crate::text::safe(principal.as_bytes())));
    }
    if file.len() > MAX_BYTES {
        return Err(SignerError::TooLarge);
    }
    let kind = kind(key).ok_or(SignerError::Format)?;
    let mut bytes = Vec::with_capacity(file.len() + 1024);
    let (mut there, mut gone) = (false, Vec::new());
    for (number, line) in file.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match Line::read(line, principal) {
            Some(found) if found.key.material == key.material => there = true,
            Some(found) if !found.alone && replace => {
                return Err(SignerError::Shared { principal: principal.to_owned(), line: number + 1 });
            }
            Some(found) => {
                gone.push(found.key.main_fingerprint().to_owned());
                continue;
            }
            None => {}
        }
        bytes.extend(line);
    }
    if !replace && !gone.is_empty() {
        return Err(SignerError::Other { principal: principal.to_owned(), fingerprints: gone });
    }
    if there && gone.is_empty() {
        return Ok(Changed::There);
    }
    if !there {
        if bytes.last().is_some_and(|last| *last != b'\n') {
            bytes.push(b'\n');
        }
        bytes.extend(format!("{principal} {kind} {}\n", base64(&key.material)).bytes());
    }
    Ok(Changed::Added { bytes, gone })
}

/// The type of an OpenSSH key, as it stands in front of it (RFC 4253, section 6.6).
fn kind(key: &PublicKey) -> Option<&str> {
    let (length, rest) = key.material.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let kind = rest.get(..length).and_then(|kind| std::str::from_utf8(kind).ok())?;
    (key.format == Format::Openssh).then_some(kind)
}

/// A line that names the principal, and no authority.
struct Line {
    key: PublicKey,
    /// Whether it names nobody else.
    alone: bool,
}

impl Line {
    fn read(line: &[u8], principal: &str) -> Option<Line> {
        let line = std::str::from_utf8(line).ok()?.trim();
        if line.starts_with('#') {
            return None;
        }
        let (principals, rest) = match line.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => line.split_once([' ', '\t'])?,
        };
        let mut names = principals.split(',');
        if !names.any(|name| name == principal) {
            return None;
        }
        let mut keys =
            read(rest.trim().as_bytes(), &Hint { name: None, format: Some(Format::Openssh) }).ok()?;
        let options = rest.trim().split([' ', '\t']).next().unwrap_or_default();
        if options.split(',').any(|option| option.eq_ignore_ascii_case("cert-authority")) {
            return None;
        }
        Some(Line { key: keys.pop()?, alone: principals == principal })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(byte: u8) -> String {
        let blob = [&[0, 0, 0, 11][..], b"ssh-ed25519", &[0, 0, 0, 32], &[byte; 32]].concat();
        format!("ssh-ed25519 {}", base64(&blob))
    }

    fn key(byte: u8) -> PublicKey {
        read(line(byte).as_bytes(), &Hint::default()).expect("a key").remove(0)
    }

    fn added(file: &str, principal: &str, byte: u8, replace: bool) -> String {
        match with(file.as_bytes(), principal, &key(byte), replace).expect("a change") {
            Changed::Added { bytes, .. } => String::from_utf8(bytes).expect("text"),
            Changed::There => "there".into(),
        }
    }

    #[test]
    fn a_key_is_added_at_the_end() {
        let (one, two) = (line(1), line(2));
        assert_eq!(added("", "elizabeth", 1, false), format!("elizabeth {one}\n"));
        let file = format!("# ours\nelizabeth {one}");
        assert_eq!(added(&file, "david@example.org", 2, false), format!("{file}\ndavid@example.org {two}\n"));
        assert_eq!(added(&file, "elizabeth", 1, false), "there");
    }

    /// In whichever form the line stands.
    #[test]
    fn an_old_key_never_goes_unseen() {
        let (one, two) = (line(1), line(2));
        for old in [
            format!("elizabeth {one} laptop\n"),
            format!("\"elizabeth\" namespaces=\"git,a b\" {one}\n"),
            format!("elizabeth\tvalid-before=\"20300101\" {one}\n"),
        ] {
            let file = format!("david {one}\n{old}#end\n");
            let refused = with(file.as_bytes(), "elizabeth", &key(2), false);
            let fingerprints = vec![key(1).main_fingerprint().to_owned()];
            assert_eq!(refused, Err(SignerError::Other { principal: "elizabeth".into(), fingerprints }));
            assert_eq!(added(&file, "elizabeth", 2, true), format!("david {one}\n#end\nelizabeth {two}\n"));
        }
        let shared = format!("elizabeth,jessica {one}\n");
        let refused = with(shared.as_bytes(), "elizabeth", &key(2), true);
        assert_eq!(refused, Err(SignerError::Shared { principal: "elizabeth".into(), line: 1 }));
    }

    #[test]
    fn what_is_somebody_elses_stays() {
        let one = line(1);
        let file =
            format!("elizabeth cert-authority {one}\n*@example.org {one}\nelizabethan {one}\nbroken\n\n");
        let new = added(&file, "elizabeth", 2, true);
        assert_eq!(new, format!("{file}elizabeth {}\n", line(2)));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        for principal in ["", "a b", "a,b", "*", "#x", "a\"", "a\n", "ä"] {
            assert!(
                matches!(with(b"", principal, &key(1), false), Err(SignerError::Principal(_))),
                "{principal}"
            );
        }
        let age = PublicKey { format: Format::Age, ..key(1) };
        assert_eq!(with(b"", "elizabeth", &age, false), Err(SignerError::Format));
        let large = vec![b'#'; MAX_BYTES + 1];
        assert_eq!(with(&large, "elizabeth", &key(1), false), Err(SignerError::TooLarge));
    }

    proptest! {
        #[test]
        fn nothing_breaks_it_and_twice_is_once(file in "([\"#a-c, \t\n]|(elizabeth)|(ssh-ed25519 AAAA)){0,60}", replace: bool) {
            if let Ok(Changed::Added { bytes, .. }) = with(file.as_bytes(), "elizabeth", &key(1), replace) {
                prop_assert!(bytes.starts_with(file.as_bytes()));
                prop_assert_eq!(with(&bytes, "elizabeth", &key(1), replace), Ok(Changed::There));
            }
        }
    }
}
