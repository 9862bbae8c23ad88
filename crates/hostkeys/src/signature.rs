//! Signatures as SSH writes them: RFC 4253 section 6.6, RFC 5656 section 3.1.2, RFC 8332, RFC 8709, and OpenSSH's
//! PROTOCOL.u2f.

use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaPublicKeyComponents, UnparsedPublicKey,
};

use crate::fields::Fields;
use crate::key::{KeyError, PublicKey};

/// What came of checking a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// The key made it.
    Good,
    /// The key did not make it: OpenSSH takes a certificate that is signed so for no key at all.
    Bad,
    /// OpenSSH refuses the algorithm by default (CASignatureAlgorithms): SHA-1.
    Disallowed(String),
    /// It was not checked, since the algorithm cannot be computed here.
    NotChecked(String),
}

/// Whether a key made a signature over a message. A certificate stands for the key that it is for.
pub(crate) fn check(key: &PublicKey, signature: &[u8], message: &[u8]) -> Signature {
    try_check(key, signature, message).unwrap_or(Signature::Bad)
}

fn try_check(key: &PublicKey, signature: &[u8], message: &[u8]) -> Result<Signature, KeyError> {
    let mut fields = Fields::new(signature);
    let algorithm = String::from_utf8_lossy(fields.string()?).into_owned();
    let value = fields.string()?;
    let mut key = Fields::new(key.plain_blob());
    let kind = key.string()?;
    let rsa = kind == b"ssh-rsa" && matches!(algorithm.as_str(), "rsa-sha2-256" | "rsa-sha2-512" | "ssh-rsa");
    // What a browser makes with a security key signs other data (PROTOCOL.u2f, webauthn signatures).
    let webauthn = algorithm.strip_prefix("webauthn-").is_some_and(|rest| kind == rest.as_bytes());
    if !rsa && !webauthn && kind != algorithm.as_bytes() {
        return Ok(Signature::Bad);
    }
    let good = match algorithm.as_str() {
        "ssh-ed25519" => UnparsedPublicKey::new(&ED25519, key.string()?).verify(message, value).is_ok(),
        "ecdsa-sha2-nistp256" => {
            let _curve = key.string()?;
            let both = fixed(value, 32)?;
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.string()?).verify(message, &both).is_ok()
        }
        "ecdsa-sha2-nistp384" => {
            let _curve = key.string()?;
            let both = fixed(value, 48)?;
            UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, key.string()?).verify(message, &both).is_ok()
        }
        "rsa-sha2-256" | "rsa-sha2-512" => {
            let (e, n) = (key.positive()?, key.positive()?);
            let method = if algorithm == "rsa-sha2-256" {
                &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY
            } else {
                &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY
            };
            if n.len() > 1024 {
                return Ok(Signature::NotChecked(format!("RSA with {} bytes", n.len())));
            }
            // A signature may be written without its leading zeros (`ssh_rsa_verify`).
            let short = n.len().saturating_sub(value.len());
            let padded = [vec![0; short], value.to_vec()].concat();
            RsaPublicKeyComponents { n, e }.verify(method, message, &padded).is_ok()
        }
        "sk-ssh-ed25519@openssh.com" => {
            let point = key.string()?;
            let said = authenticator(key.string()?, &mut fields, message)?;
            UnparsedPublicKey::new(&ED25519, point).verify(&said, value).is_ok()
        }
        "sk-ecdsa-sha2-nistp256@openssh.com" => {
            let _curve = key.string()?;
            let point = key.string()?;
            let said = authenticator(key.string()?, &mut fields, message)?;
            let both = fixed(value, 32)?;
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(&said, &both).is_ok()
        }
        "ssh-rsa" | "ssh-dss" => return Ok(Signature::Disallowed(algorithm)),
        _ => return Ok(Signature::NotChecked(algorithm)),
    };
    Ok(if good && fields.is_empty() { Signature::Good } else { Signature::Bad })
}

/// What a security key signs instead of the message (PROTOCOL.u2f, SSH U2F signatures).
fn authenticator(application: &[u8], fields: &mut Fields<'_>, message: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut said = digest(&SHA256, application).as_ref().to_vec();
    said.push(fields.byte()?);
    said.extend_from_slice(&fields.uint32()?.to_be_bytes());
    said.extend_from_slice(digest(&SHA256, message).as_ref());
    Ok(said)
}

/// The two numbers of an ECDSA signature (RFC 5656 section 3.1.2), each in so many bytes.
fn fixed(value: &[u8], width: usize) -> Result<Vec<u8>, KeyError> {
    let mut fields = Fields::new(value);
    let mut both = Vec::with_capacity(width * 2);
    for _ in 0..2 {
        let number = fields.positive()?;
        let zeros = width.checked_sub(number.len()).ok_or(KeyError::Damaged("a number that is too large"))?;
        both.resize(both.len() + zeros, 0);
        both.extend_from_slice(number);
    }
    if fields.is_empty() { Ok(both) } else { Err(KeyError::Damaged("something follows the signature")) }
}
