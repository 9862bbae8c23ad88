//! Public keys as SSH writes them: RFC 4253 section 6.6, RFC 5656, RFC 8709, and OpenSSH's PROTOCOL.u2f and
//! PROTOCOL.certkeys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

use crate::certificate::Certificate;
use crate::fields::{Fields, put_mpint, put_string};

/// The longest blob that is read: several times an RSA key of 16384 bits in a certificate that one of the same size
/// signed.
pub const LONGEST_BLOB: usize = 64 * 1024;

/// The smallest RSA modulus that OpenSSH reads, in bits (`SSH_RSA_MINIMUM_MODULUS_SIZE`).
const SMALLEST_RSA: usize = 1024;

/// What the type of a certificate adds to the type of its key.
const CERTIFICATE: &str = "-cert-v01";

/// Why bytes are no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No type that is known.
    #[error("the type of key {0:?} is not known")]
    Type(String),
    /// The type that is written is not that of the blob.
    #[error("it is called {written} and is {is}")]
    Mismatch {
        /// In the text.
        written: String,
        /// In the blob.
        is: String,
    },
    /// The text is not base64.
    #[error("the key is not base64")]
    Base64,
    /// The blob ends early, goes on too long, or has a field that cannot be.
    #[error("the key is damaged: {0}")]
    Damaged(&'static str),
}

/// A public key, or a certificate over one.
///
/// Two are equal as OpenSSH's `sshkey_equal` has it: plain keys by their numbers, certificates by every byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// The key alone, with its numbers written the shortest way.
    plain: Vec<u8>,
    /// Its type: `ssh-ed25519`.
    kind: String,
    certificate: Option<Box<Certificate>>,
}

impl PublicKey {
    /// Reads a blob, as it comes over the wire or out of base64.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_blob(blob: &[u8]) -> Result<PublicKey, KeyError> {
        PublicKey::read(blob, true)
    }

    /// Reads the two fields of a line: the type and base64.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_text(kind: &str, base64: &[u8]) -> Result<PublicKey, KeyError> {
        if base64.len() > LONGEST_BLOB * 2 {
            return Err(KeyError::Damaged("too long"));
        }
        if shape(&plain_name(kind).0).is_none() && !RSA_SIGNATURES.contains(&kind) {
            return Err(KeyError::Type(kind.to_owned()));
        }
        // b64_pton passes over what isspace(3) calls white, such as the CR at the end of a line of Windows.
        let dense: Vec<u8> =
            base64.iter().copied().filter(|byte| !b"\t\n\x0b\x0c\r ".contains(byte)).collect();
        let blob = STANDARD.decode(dense).map_err(|_| KeyError::Base64)?;
        let key = PublicKey::from_blob(&blob)?;
        // The names of RSA's signatures stand for the key too.
        let same =
            kind == key.type_name() || (key.type_name() == "ssh-rsa" && RSA_SIGNATURES.contains(&kind));
        if same { Ok(key) } else { Err(KeyError::Mismatch { written: kind.to_owned(), is: key.type_name() }) }
    }

    /// Reads a blob that must not be a certificate.
    pub(crate) fn plain_from_blob(blob: &[u8]) -> Result<PublicKey, KeyError> {
        PublicKey::read(blob, false)
    }

    fn read(blob: &[u8], certificates: bool) -> Result<PublicKey, KeyError> {
        if blob.len() > LONGEST_BLOB {
            return Err(KeyError::Damaged("too long"));
        }
        let mut fields = Fields::new(blob);
        let name = String::from_utf8_lossy(fields.string()?).into_owned();
        let (kind, certified) = plain_name(&name);
        let shape = shape(&kind).ok_or_else(|| KeyError::Type(name.clone()))?;
        if certified && !(certificates && shape.certificates) {
            return Err(KeyError::Type(name));
        }
        if certified {
            let _nonce = fields.string()?;
        }
        let mut plain = Vec::new();
        put_string(&mut plain, kind.as_bytes());
        for field in shape.fields {
            match field {
                Field::Number => put_mpint(&mut plain, fields.positive()?),
                Field::Modulus => {
                    let modulus = fields.positive()?;
                    if bits(modulus) < SMALLEST_RSA {
                        return Err(KeyError::Damaged("an RSA key of fewer than 1024 bits"));
                    }
                    put_mpint(&mut plain, modulus);
                }
                Field::Exactly(length) => {
                    let bytes = fields.string()?;
                    if bytes.len() != *length {
                        return Err(KeyError::Damaged("a field of another length"));
                    }
                    put_string(&mut plain, bytes);
                }
                Field::Point { curve, length } => {
                    if fields.string()? != curve.as_bytes() {
                        return Err(KeyError::Damaged("another curve"));
                    }
                    let point = fields.string()?;
                    if point.len() != *length || point.first() != Some(&4) {
                        return Err(KeyError::Damaged("no point in its uncompressed form"));
                    }
                    put_string(&mut plain, curve.as_bytes());
                    put_string(&mut plain, point);
                }
                Field::Text => put_string(&mut plain, fields.string()?),
            }
        }
        let certificate =
            if certified { Some(Box::new(Certificate::read(blob, &mut fields)?)) } else { None };
        if !fields.is_empty() {
            return Err(KeyError::Damaged("something follows it"));
        }
        Ok(PublicKey { plain, kind, certificate })
    }

    /// The type, as it is written in a line: `ssh-ed25519`, or `ssh-ed25519-cert-v01@openssh.com`.
    pub fn type_name(&self) -> String {
        if self.certificate.is_none() {
            return self.kind.clone();
        }
        match self.kind.split_once('@') {
            Some((name, at)) => format!("{name}{CERTIFICATE}@{at}"),
            None => format!("{}{CERTIFICATE}@openssh.com", self.kind),
        }
    }

    /// The type of the key, without any certificate.
    pub fn plain_type(&self) -> &str {
        &self.kind
    }

    /// The certificate, where this is one.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_deref()
    }

    /// The key without its certificate.
    #[must_use]
    pub fn without_certificate(&self) -> PublicKey {
        PublicKey { plain: self.plain.clone(), kind: self.kind.clone(), certificate: None }
    }

    /// The blob: a certificate as it came, a key with its numbers written the shortest way.
    pub fn blob(&self) -> &[u8] {
        match &self.certificate {
            Some(certificate) => certificate.blob(),
            None => &self.plain,
        }
    }

    /// The blob of the key alone.
    pub fn plain_blob(&self) -> &[u8] {
        &self.plain
    }

    /// Whether both are the same key, certified or not (`sshkey_equal_public`).
    pub fn same_key(&self, other: &PublicKey) -> bool {
        self.plain == other.plain
    }

    /// The bits of an RSA key's modulus. `None` of any other key.
    pub(crate) fn rsa_bits(&self) -> Option<usize> {
        let mut fields = Fields::new(&self.plain);
        if fields.string().ok()? != b"ssh-rsa" {
            return None;
        }
        let _exponent = fields.positive().ok()?;
        fields.positive().ok().map(bits)
    }

    /// The type and base64, as in a line of known_hosts.
    pub fn to_text(&self) -> String {
        format!("{} {}", self.type_name(), STANDARD.encode(self.blob()))
    }

    /// The fingerprint of the key alone, as `ssh-keygen -l` writes it: `SHA256:` and base64 without padding.
    pub fn fingerprint(&self) -> String {
        let text = STANDARD.encode(digest(&SHA256, &self.plain));
        format!("SHA256:{}", text.trim_end_matches('='))
    }
}

/// Signature algorithms that OpenSSH takes as the name of an RSA key (RFC 8332).
const RSA_SIGNATURES: [&str; 2] = ["rsa-sha2-256", "rsa-sha2-512"];

enum Field {
    /// A positive number.
    Number,
    /// A positive number, and not a small one.
    Modulus,
    /// So many bytes.
    Exactly(usize),
    /// The name of a curve and a point on it of so many bytes.
    Point { curve: &'static str, length: usize },
    /// Any bytes.
    Text,
}

struct Shape {
    fields: &'static [Field],
    /// DSA's certificates went with OpenSSH 10, and are read still.
    certificates: bool,
}

fn shape(kind: &str) -> Option<Shape> {
    use Field::{Exactly, Modulus, Number, Point, Text};
    const P256: Field = Point { curve: "nistp256", length: 65 };
    const P384: Field = Point { curve: "nistp384", length: 97 };
    const P521: Field = Point { curve: "nistp521", length: 133 };
    let fields: &'static [Field] = match kind {
        "ssh-rsa" => &[Number, Modulus],
        "ssh-dss" => &[Number, Number, Number, Number],
        "ssh-ed25519" => &[Exactly(32)],
        "ecdsa-sha2-nistp256" => &[P256],
        "ecdsa-sha2-nistp384" => &[P384],
        "ecdsa-sha2-nistp521" => &[P521],
        "sk-ssh-ed25519@openssh.com" => &[Exactly(32), Text],
        "sk-ecdsa-sha2-nistp256@openssh.com" => &[P256, Text],
        _ => return None,
    };
    Some(Shape { fields, certificates: true })
}

/// The type of the key in a type, and whether it was that of a certificate.
fn plain_name(name: &str) -> (String, bool) {
    match name.strip_suffix("-cert-v01@openssh.com") {
        Some(kind) if kind.starts_with("sk-") => (format!("{kind}@openssh.com"), true),
        Some(kind) => (kind.to_owned(), true),
        None => (name.to_owned(), false),
    }
}

fn bits(number: &[u8]) -> usize {
    match number.first() {
        Some(first) => number.len() * 8 - first.leading_zeros() as usize,
        None => 0,
    }
}
