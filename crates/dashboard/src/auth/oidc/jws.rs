//! ID tokens: compact JWS (RFC 7515) by a provider's keys (RFC 7517).
//!
//! Algorithms are those below and no others: never `none`, and none that is keyed by the client's secret (RFC 8725,
//! section 3.1). A key of one type is never used with an algorithm of another.

use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;

use crate::auth::random;

/// The most octets of a token.
const LONGEST: usize = 64 * 1024;

/// The most keys of a provider that are looked at.
const KEYS: usize = 64;

/// A provider's keys (RFC 7517, section 5).
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Keys {
    keys: Vec<serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// Why a token is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// It is no JWS.
    #[error("its ID token cannot be read")]
    Form,
    /// Its algorithm is not taken.
    #[error(
        "its ID token is signed by {0}, which is not taken: let it sign by ES256, EdDSA, RS256, PS256 or a longer one of these"
    )]
    Algorithm(String),
    /// No key of the provider verifies it.
    #[error("no key of the provider verifies its ID token")]
    Signature,
}

/// The claims of a token that one of these keys has signed; not yet judged.
///
/// # Errors
/// [`BadToken`].
pub fn open(token: &str, keys: &Keys) -> Result<serde_json::Map<String, serde_json::Value>, BadToken> {
    if token.len() > LONGEST {
        return Err(BadToken::Form);
    }
    let (signed, given) = token.rsplit_once('.').ok_or(BadToken::Form)?;
    let (head, body) = signed.split_once('.').ok_or(BadToken::Form)?;
    let octets = |text: &str| random::decode(text).ok_or(BadToken::Form);
    let head: Head = serde_json::from_slice(&octets(head)?).map_err(|_| BadToken::Form)?;
    if head.crit.is_some() {
        return Err(BadToken::Form);
    }
    let (kind, curve, _) = algorithm(&head.alg).ok_or_else(|| BadToken::Algorithm(shown(&head.alg)))?;
    let given = octets(given)?;
    // A key of a kind that is not known is none of ours, and no fault.
    let known = keys.keys.iter().take(KEYS).filter_map(|key| Key::deserialize(key).ok());
    let is_verified = known
        .filter(|key| key.kty == kind && key.crv.as_deref() == curve)
        .filter(|key| key.usage.as_deref().is_none_or(|usage| usage == "sig"))
        .filter(|key| {
            key.alg.as_deref().is_none_or(|alg| alg == head.alg || (alg == "Ed25519" && head.alg == "EdDSA"))
        })
        .filter(|key| head.kid.is_none() || key.kid.is_none() || key.kid == head.kid)
        .any(|key| key.verifies(&head.alg, signed.as_bytes(), &given));
    if !is_verified {
        return Err(BadToken::Signature);
    }
    serde_json::from_slice(&octets(body)?).map_err(|_| BadToken::Form)
}

/// The type of key (RFC 7518, section 6.1; RFC 8037) and curve that an algorithm needs.
fn algorithm(name: &str) -> Option<(&'static str, Option<&'static str>, &'static dyn VerificationAlgorithm)> {
    Some(match name {
        "ES256" => ("EC", Some("P-256"), &signature::ECDSA_P256_SHA256_FIXED),
        "ES384" => ("EC", Some("P-384"), &signature::ECDSA_P384_SHA384_FIXED),
        "EdDSA" | "Ed25519" => ("OKP", Some("Ed25519"), &signature::ED25519),
        "RS256" => ("RSA", None, &signature::RSA_PKCS1_2048_8192_SHA256),
        "RS384" => ("RSA", None, &signature::RSA_PKCS1_2048_8192_SHA384),
        "RS512" => ("RSA", None, &signature::RSA_PKCS1_2048_8192_SHA512),
        "PS256" => ("RSA", None, &signature::RSA_PSS_2048_8192_SHA256),
        "PS384" => ("RSA", None, &signature::RSA_PSS_2048_8192_SHA384),
        "PS512" => ("RSA", None, &signature::RSA_PSS_2048_8192_SHA512),
        _ => return None,
    })
}

impl Key {
    fn verifies(&self, name: &str, message: &[u8], given: &[u8]) -> bool {
        let octets = |part: &Option<String>| part.as_deref().and_then(random::decode);
        let Some((kind, _, by)) = algorithm(name) else { return false };
        match kind {
            "EC" => match (octets(&self.x), octets(&self.y)) {
                (Some(x), Some(y)) => {
                    let point = [&[4], x.as_slice(), &y].concat();
                    UnparsedPublicKey::new(by, point).verify(message, given).is_ok()
                }
                _ => false,
            },
            "OKP" => {
                octets(&self.x).is_some_and(|x| UnparsedPublicKey::new(by, x).verify(message, given).is_ok())
            }
            _ => {
                let (Some(n), Some(e)) = (octets(&self.n), octets(&self.e)) else { return false };
                let by: &signature::RsaParameters = match name {
                    "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                    "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                    "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                    "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
                    "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
                    "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
                    _ => return false,
                };
                RsaPublicKeyComponents { n, e }.verify(by, message, given).is_ok()
            }
        }
    }
}

/// A word of a provider in a sentence.
fn shown(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;

    fn keys(value: serde_json::Value) -> Keys {
        serde_json::from_value(json!({ "keys": value })).expect("keys")
    }

    /// RFC 7515, appendix A.2 (RS256) and A.3 (ES256).
    #[test]
    fn the_rfcs_examples() {
        let es256 = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19y\
             b290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let key = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
        let claims = open(es256, &keys(json!([key]))).expect("the example");
        assert_eq!(claims.get("iss"), Some(&json!("joe")));
        let altered = es256.replace("DtEhU3", "DtEhU4");
        assert_eq!(open(&altered, &keys(json!([key]))), Err(BadToken::Signature));
        assert_eq!(open(es256, &keys(json!([]))), Err(BadToken::Signature));
        let encryption = json!({ "kty": "EC", "crv": "P-256", "use": "enc", "x": key["x"], "y": key["y"] });
        assert_eq!(open(es256, &keys(json!([encryption, { "kty": "new" }, 7]))), Err(BadToken::Signature));
    }

    #[test]
    fn algorithms_that_serve_an_attacker_are_refused() {
        let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let pair = Ed25519KeyPair::from_pkcs8(pair.as_ref()).expect("the key");
        let public = random::encode(pair.public_key().as_ref());
        let known = keys(json!([{ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": public }]));
        let token = |head: serde_json::Value| {
            let signed = [head.to_string(), r#"{"sub":"ada"}"#.into()]
                .map(|part| random::encode(part.as_bytes()))
                .join(".");
            format!("{signed}.{}", random::encode(pair.sign(signed.as_bytes()).as_ref()))
        };
        let good = open(&token(json!({ "alg": "EdDSA", "kid": "a" })), &known).expect("a token");
        assert_eq!(good.get("sub"), Some(&json!("ada")));
        assert!(open(&token(json!({ "alg": "EdDSA" })), &known).is_ok(), "one key needs no name");
        assert_eq!(open(&token(json!({ "alg": "EdDSA", "kid": "b" })), &known), Err(BadToken::Signature));
        for alg in ["none", "None", "HS256", "HS512", "dir"] {
            assert_eq!(open(&token(json!({ "alg": alg })), &known), Err(BadToken::Algorithm(alg.into())));
        }
        assert_eq!(
            open(&token(json!({ "alg": "RS256" })), &known),
            Err(BadToken::Signature),
            "another type of key"
        );
        assert_eq!(open(&token(json!({ "alg": "EdDSA", "crit": ["exp"] })), &known), Err(BadToken::Form));
        for wrong in ["", ".", "..", "a.b", "a.b.c", "e30.e30."] {
            assert!(open(wrong, &known).is_err(), "{wrong}");
        }
    }
}
