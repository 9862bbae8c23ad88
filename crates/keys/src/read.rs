//! Which format is it?

use crate::text::safe;
use crate::{
    Format, PublicKey, ReadError, age, armour, der, hash, minisign, openpgp, private, spki, ssh, wireguard,
    x509,
};

/// The most bytes that are read. OpenPGP keys with photographs and many signatures have hundreds of thousands.
pub const MAX_BYTES: usize = 4 << 20;

/// The most keys that are read of one file.
pub const MAX_KEYS: usize = 1000;

/// What is known of the input beside its bytes.
#[derive(Clone, Debug, Default)]
pub struct Hint {
    /// The name of the file.
    pub name: Option<String>,
    /// What the user says that it is. Only WireGuard, minisign and signify need it.
    pub format: Option<Format>,
}

impl Hint {
    /// Whether it may be read as WireGuard's: 32 bytes in base64 are so much else that somebody has to say so.
    fn says_wireguard(&self) -> bool {
        self.format == Some(Format::Wireguard) || (self.format.is_none() && self.named(is_wireguard))
    }

    fn named(&self, is: fn(&str) -> bool) -> bool {
        let name = self.name.as_deref().unwrap_or_default().to_lowercase();
        name.split(|c: char| !c.is_alphanumeric()).any(is)
    }
}

fn is_wireguard(part: &str) -> bool {
    part == "wireguard"
        || part.strip_prefix("wg").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_private(part: &str) -> bool {
    part.starts_with("priv") || part == "secret"
}

/// Reads every public key in `bytes`.
///
/// # Errors
/// [`ReadError`]. [`ReadError::Private`] where a private key is anywhere in it, even beside a public one. No error holds
/// anything of what was read.
pub fn read(bytes: &[u8], hint: &Hint) -> Result<Vec<PublicKey>, ReadError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::TooLarge(MAX_BYTES));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let keys = match bytes.first() {
        Some(&der::SEQUENCE) if der::tags(bytes).is_some() => vec![in_der(bytes)?],
        Some(0x80..) => openpgp::keys(bytes)?,
        _ => in_text(std::str::from_utf8(bytes).map_err(|_| ReadError::Unknown)?, hint)?,
    };
    match keys.len() {
        0 => Err(ReadError::Unknown),
        count if count > MAX_KEYS => Err(ReadError::TooMany(MAX_KEYS)),
        _ => Ok(keys),
    }
}

fn in_der(bytes: &[u8]) -> Result<PublicKey, ReadError> {
    use der::{BIT_STRING, INTEGER, SEQUENCE};
    if let Some(refused) = private::in_der(bytes) {
        return Err(refused);
    }
    match der::tags(bytes).as_deref() {
        Some([SEQUENCE, BIT_STRING]) => spki::key(bytes),
        Some([SEQUENCE, SEQUENCE, BIT_STRING]) => x509::certificate(bytes),
        Some([INTEGER, INTEGER]) => spki::pkcs1(bytes),
        _ => Err(ReadError::Unknown),
    }
}

fn in_text(text: &str, hint: &Hint) -> Result<Vec<PublicKey>, ReadError> {
    if let Some(refused) = private::in_text(text) {
        return Err(refused);
    }
    let blocks = armour::blocks(text);
    let mut keys = Vec::new();
    for block in &blocks {
        let body = || {
            let fault = "a block has no end, or is no base64";
            let format = if block.label.starts_with("PGP") { Format::Openpgp } else { Format::Spki };
            block.body.as_deref().ok_or_else(|| ReadError::malformed(format, fault))
        };
        match block.label.as_str() {
            "PGP PUBLIC KEY BLOCK" => keys.extend(openpgp::keys(body()?)?),
            "SSH2 PUBLIC KEY" => keys.push(ssh::block(block)?),
            "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" | "X509 CERTIFICATE" => {
                let bytes = body()?;
                if let Some(refused) = private::in_der(bytes) {
                    return Err(refused);
                }
                keys.push(match block.label.as_str() {
                    "PUBLIC KEY" => spki::key(bytes)?,
                    "RSA PUBLIC KEY" => spki::pkcs1(bytes)?,
                    _ => x509::certificate(bytes)?,
                });
            }
            "PGP SIGNATURE" | "SSH SIGNATURE" if keys.is_empty() => return Err(ReadError::Signature),
            _ => {}
        }
        if keys.len() > MAX_KEYS {
            return Err(ReadError::TooMany(MAX_KEYS));
        }
    }
    if !blocks.is_empty() {
        return Ok(keys);
    }
    in_lines(text, hint)
}

/// A key a line: OpenSSH, age; and minisign, signify or WireGuard, which have one.
fn in_lines(text: &str, hint: &Hint) -> Result<Vec<PublicKey>, ReadError> {
    let mut keys = Vec::new();
    let mut comment = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(untrusted) = line.strip_prefix("untrusted comment:") {
            comment = Some(untrusted.trim());
            continue;
        }
        if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("age1")) {
            keys.push(age::recipient(line)?);
        } else if let Some(key) = ssh::line(line) {
            keys.push(key?);
        } else if let Some(key) = number(line, comment, hint)? {
            keys.push(key);
        }
        if keys.len() > MAX_KEYS {
            return Err(ReadError::TooMany(MAX_KEYS));
        }
    }
    Ok(keys)
}

/// A line of base64 alone: minisign, signify, WireGuard.
fn number(line: &str, comment: Option<&str>, hint: &Hint) -> Result<Option<PublicKey>, ReadError> {
    // What `wg show` and the files of wg-quick say.
    let named = line.split_once(['=', ':']).and_then(|(name, value)| {
        matches!(name.trim().to_lowercase().as_str(), "publickey" | "public key").then(|| value.trim())
    });
    let Some(bytes) = hash::unbase64(named.unwrap_or(line)) else { return Ok(None) };
    if let Ok(key) = <[u8; 32]>::try_from(bytes.as_slice()) {
        if hint.named(is_private) {
            return Err(private::wireguard());
        }
        return if named.is_some() || hint.says_wireguard() {
            Ok(Some(wireguard::key(key)))
        } else {
            Err(ReadError::Bare)
        };
    }
    if !bytes.starts_with(b"Ed") {
        return Ok(None);
    }
    let by_comment = comment
        .map(|comment| if comment.starts_with("minisign") { Format::Minisign } else { Format::Signify });
    let format = match hint.format {
        Some(format @ (Format::Minisign | Format::Signify)) => format,
        _ => by_comment.unwrap_or(Format::Minisign),
    };
    let mut key = minisign::key(bytes, format)?;
    key.says.extend(comment.map(|comment| safe(comment.as_bytes())));
    if by_comment.is_none() && hint.format.is_none() {
        key.notes.push(
            "taken for minisign's; signify's look the same without their comment ('--as signify')".into(),
        );
    }
    Ok(Some(key))
}
