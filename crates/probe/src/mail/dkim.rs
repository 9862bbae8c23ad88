//! The key of a selector (RFC 6376 3.6.1, RFC 8301, RFC 8463).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_model::{Dkim, DkimKey, MailTextFault, Outcome};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::tags::{self, short};
use crate::dns::Lookups;

/// Asks for the key of a selector.
pub async fn ask(lookups: &Lookups, domain: &str, selector: &str) -> Dkim {
    let txt = lookups.text(&format!("{selector}._domainkey.{domain}")).await;
    let key = match txt.texts.clone() {
        Outcome::Seen { value } => key(&value),
        Outcome::Refused { how } => Outcome::refused(how),
        Outcome::Unmeasured { why } => why.into(),
    };
    Dkim { domain: domain.to_owned(), selector: selector.to_owned(), txt, key }
}

/// The key among the TXT records of a selector; refused where there is none to go by.
pub fn key(texts: &[String]) -> Outcome<DkimKey> {
    match texts {
        [] => Outcome::refused("there is no key"),
        [text] => read(text),
        // RFC 6376 3.6.2.2: what a verifier does with several is not defined.
        several => Outcome::refused(format!("{} records in place of one", several.len())),
    }
}

fn read(text: &str) -> Outcome<DkimKey> {
    let (all, wrong) = tags::read(text);
    let mut faults = Vec::new();
    let mut fault = |tag: &str, detail: String| faults.push(MailTextFault { tag: tag.into(), detail });
    if let Some(wrong) = wrong {
        fault("", format!("'{}' is no tag", short(wrong)));
    }
    match all.iter().position(|tag| tag.name == "v") {
        None => {}
        Some(at) => {
            let value = all.get(at).map(|tag| tag.value).unwrap_or_default();
            if value != "DKIM1" {
                return Outcome::refused(format!("the version is '{}', and not DKIM1", short(value)));
            }
            if at != 0 {
                fault("v", "v=DKIM1 has to stand first".into());
            }
        }
    }
    let Some(data) = tags::value(&all, "p") else { return Outcome::refused("the record has no key (p=)") };
    let list = |name: &str| -> Vec<String> {
        let value = tags::value(&all, name).unwrap_or_default();
        value.split(':').map(str::trim).filter(|one| !one.is_empty()).take(20).map(short).collect()
    };
    let flags = list("t");
    let algorithm = tags::value(&all, "k").unwrap_or("rsa").to_ascii_lowercase();
    let services = list("s");
    if !services.is_empty() && !services.iter().any(|one| one == "*" || one == "email") {
        fault("s", "the key is not for mail".into());
    }
    let data: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let revoked = data.is_empty();
    let bits = match (revoked, STANDARD.decode(&data)) {
        (true, _) => None,
        (false, Ok(der)) => bits(&algorithm, &der),
        (false, Err(_)) => None,
    };
    if !revoked && bits.is_none() {
        fault("p", format!("it cannot be read as a key of the kind '{}'", short(&algorithm)));
    }
    Outcome::seen(DkimKey {
        algorithm: short(&algorithm),
        bits,
        revoked,
        hashes: list("h"),
        testing: flags.iter().any(|flag| flag == "y"),
        strict: flags.iter().any(|flag| flag == "s"),
        faults,
    })
}

/// The length of a key. RSA stands as SubjectPublicKeyInfo, or as RSAPublicKey alone: verifiers take both (RFC 6376 3.6.1
/// and its erratum 3017). Ed25519 stands as its 32 octets (RFC 8463 4).
fn bits(algorithm: &str, der: &[u8]) -> Option<u32> {
    match algorithm {
        "ed25519" => (der.len() == 32).then_some(256),
        "rsa" => {
            let size = match SubjectPublicKeyInfo::from_der(der) {
                Ok((_, info)) => match info.parsed().ok()? {
                    PublicKey::RSA(rsa) => rsa.key_size(),
                    _ => return None,
                },
                Err(_) => modulus_bits(der)?,
            };
            u32::try_from(size).ok().filter(|size| *size > 0)
        }
        _ => None,
    }
}

/// The length of the first INTEGER of a SEQUENCE.
fn modulus_bits(der: &[u8]) -> Option<usize> {
    let sequence = crate::pki::der::only(der, 0x30)?;
    let (modulus, _) = crate::pki::der::first(sequence)?;
    if modulus.tag != 0x02 {
        return None;
    }
    let digits = modulus.contents.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<u8>>();
    let first = digits.first()?;
    Some(digits.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Outcome<DkimKey> {
        key(&[text.to_owned()])
    }

    /// RFC 6376 C: "brisbane".
    const EXAMPLE: &str = "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";

    #[test]
    fn keys_of_the_rfcs() {
        let read = of(EXAMPLE);
        let read = read.value().expect("a key");
        assert_eq!((read.algorithm.as_str(), read.bits, &*read.faults), ("rsa", Some(1024), &[][..]));
        // RFC 8463 A.2.
        let ed25519 = of("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        assert_eq!(ed25519.value().and_then(|key| key.bits), Some(256));
        let spaced = EXAMPLE.replace("QAA4", "QAA 4");
        assert_eq!(of(&spaced).value().and_then(|key| key.bits), Some(1024));
    }

    #[test]
    fn an_rsa_key_without_its_algorithm() {
        // The same key as RSAPublicKey: what follows the first 22 octets of the other form.
        let text = EXAMPLE.split("p=").nth(1).expect("a key");
        let der = STANDARD.decode(text).expect("base64");
        let bare = STANDARD.encode(&der[22..]);
        assert_eq!(of(&format!("v=DKIM1; p={bare}")).value().and_then(|key| key.bits), Some(1024));
    }

    #[test]
    fn flags_and_what_is_wrong() {
        let read = of(&format!("{EXAMPLE}; t=y:s; h=sha1 : sha256"));
        let read = read.value().expect("a key");
        assert!(read.testing && read.strict && read.hashes == ["sha1", "sha256"]);
        assert!(of("v=DKIM1; p=").value().expect("a key").revoked);
        assert!(of("v=DKIM2; p=").is_refused());
        assert!(of("v=DKIM1").is_refused());
        assert!(key(&[]).is_refused() && key(&[EXAMPLE.into(), EXAMPLE.into()]).is_refused());
        let broken = of("p=AAAA; v=DKIM1; s=other; oops");
        assert_eq!(broken.value().map(|key| key.faults.len()), Some(4));
        assert_eq!(of("k=ed25519; p=AAAA").value().and_then(|key| key.bits), None);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(v=DKIM1; p=)?.{0,200}", data in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = of(&text);
            let _ = of(&format!("p={}", STANDARD.encode(&data)));
            let _ = of(&format!("k=ed25519; p={}", STANDARD.encode(&data)));
        }
    }
}
