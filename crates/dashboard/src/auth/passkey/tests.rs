//! A software authenticator, and everything that a real one would not send.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

use super::*;

/// A key of a passkey.
pub(crate) enum Signer {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// An authenticator with one passkey.
pub(crate) struct Authenticator {
    signer: Signer,
    pub(crate) id: [u8; 16],
    counter: u32,
    flags: u8,
    pub(crate) party: String,
    pub(crate) origin: String,
}

fn text(out: &mut Vec<u8>, text: &str) {
    head(out, 3, text.len());
    out.extend(text.bytes());
}

fn head(out: &mut Vec<u8>, major: u8, value: usize) {
    match value {
        0..=23 => out.push((major << 5) | value as u8),
        24..=255 => out.extend([(major << 5) | 24, value as u8]),
        _ => out.extend([(major << 5) | 25, (value >> 8) as u8, value as u8]),
    }
}

fn octet_string(out: &mut Vec<u8>, bytes: &[u8]) {
    head(out, 2, bytes.len());
    out.extend(bytes);
}

impl Authenticator {
    pub(crate) fn es256() -> Authenticator {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random);
        Authenticator::new(Signer::Es256(key.expect("the key")))
    }

    pub(crate) fn ed25519() -> Authenticator {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Authenticator::new(Signer::EdDsa(Ed25519KeyPair::from_pkcs8(key.as_ref()).expect("the key")))
    }

    fn new(signer: Signer) -> Authenticator {
        let (party, origin) = ("watch.example".to_owned(), "https://watch.example:8443".to_owned());
        Authenticator { signer, id: [7; 16], counter: 0, flags: 0b101, party, origin }
    }

    fn cose(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match &self.signer {
            Signer::Es256(key) => {
                let point = key.public_key().as_ref();
                out.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]);
                octet_string(&mut out, &point[1..33]);
                out.push(0x22);
                octet_string(&mut out, &point[33..]);
            }
            Signer::EdDsa(key) => {
                out.extend([0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21]);
                octet_string(&mut out, key.public_key().as_ref());
            }
        }
        out
    }

    fn data(&self, with_key: bool) -> Vec<u8> {
        let mut out = digest(&SHA256, self.party.as_bytes()).as_ref().to_vec();
        out.push(self.flags | if with_key { 1 << 6 } else { 0 });
        out.extend(self.counter.to_be_bytes());
        if with_key {
            out.extend([0; 16]);
            out.extend([0, 16]);
            out.extend(self.id);
            out.extend(self.cose());
        }
        out
    }

    fn client(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let client = serde_json::json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        client.to_string().into_bytes()
    }

    pub(crate) fn create(&self, challenge: &str) -> Creation {
        let mut object = vec![0xa3];
        text(&mut object, "fmt");
        text(&mut object, "none");
        text(&mut object, "attStmt");
        object.push(0xa0);
        text(&mut object, "authData");
        octet_string(&mut object, &self.data(true));
        Creation {
            client_data: random::encode(&self.client("webauthn.create", challenge)),
            attestation_object: random::encode(&object),
        }
    }

    pub(crate) fn get(&mut self, challenge: &str) -> Assertion {
        self.counter += 1;
        let (client, data) = (self.client("webauthn.get", challenge), self.data(false));
        let message = [data.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        let signature = match &self.signer {
            Signer::Es256(key) => {
                key.sign(&SystemRandom::new(), &message).expect("a signature").as_ref().to_vec()
            }
            Signer::EdDsa(key) => key.sign(&message).as_ref().to_vec(),
        };
        Assertion {
            id: random::encode(&self.id),
            client_data: random::encode(&client),
            authenticator_data: random::encode(&data),
            signature: random::encode(&signature),
            user_handle: None,
        }
    }
}

fn party() -> Party {
    Party { id: "watch.example".into(), origins: vec!["https://watch.example:8443".into()] }
}

#[test]
fn a_passkey_is_made_and_logs_in() {
    for mut authenticator in [Authenticator::es256(), Authenticator::ed25519()] {
        let challenge = random::token();
        let made = party().register(&challenge, &authenticator.create(&challenge)).expect("a passkey");
        assert_eq!((made.id.as_str(), made.counter, made.backed_up), ("BwcHBwcHBwcHBwcHBwcHBw", 0, false));
        let challenge = random::token();
        let sent = authenticator.get(&challenge);
        let shown = party().shown(&challenge, &sent, &made.key, made.counter, true).expect("a log-in");
        assert_eq!(shown, Shown { counter: 1, verified: true });
        // The same answer again, as somebody in the middle would try it.
        let again = party().shown(&random::token(), &sent, &made.key, shown.counter, true);
        assert_eq!(again, Err(Refused::Challenge));
        assert_eq!(party().shown(&challenge, &sent, &made.key, 1, true), Err(Refused::Counter));
    }
}

#[test]
fn what_was_made_for_another_site_or_by_another_key_is_refused() {
    let challenge = random::token();
    let mut phished = Authenticator::es256();
    phished.origin = "https://watch.example.evil.example".into();
    assert_eq!(party().register(&challenge, &phished.create(&challenge)), Err(Refused::Origin));
    phished.origin = "https://watch.example:8443".into();
    phished.party = "evil.example".into();
    assert_eq!(party().register(&challenge, &phished.create(&challenge)), Err(Refused::Party));

    let mut right = Authenticator::es256();
    let made = party().register(&challenge, &right.create(&challenge)).expect("a passkey");
    let mut other = Authenticator::es256();
    let sent = other.get(&challenge);
    assert_eq!(party().shown(&challenge, &sent, &made.key, 0, true), Err(Refused::Signature));

    let mut sent = right.get(&challenge);
    sent.client_data = right.create(&challenge).client_data;
    assert_eq!(party().shown(&challenge, &sent, &made.key, 0, true), Err(Refused::Kind));

    right.flags = 0b001;
    let sent = right.get(&challenge);
    assert_eq!(party().shown(&challenge, &sent, &made.key, 0, true), Err(Refused::Unverified));
    assert!(
        party().shown(&challenge, &sent, &made.key, 0, false).is_ok(),
        "beside a password a touch serves"
    );
    assert_eq!(party().register(&challenge, &right.create(&challenge)), Err(Refused::Unverified));
    right.flags = 0b100;
    let sent = right.get(&challenge);
    assert_eq!(party().shown(&challenge, &sent, &made.key, 0, false), Err(Refused::Absent));
}

#[test]
fn an_answer_from_a_frame_of_another_site_is_refused() {
    let challenge = random::token();
    let authenticator = Authenticator::es256();
    let mut sent = authenticator.create(&challenge);
    for (name, value) in
        [("crossOrigin", serde_json::json!(true)), ("topOrigin", serde_json::json!("https://evil.example"))]
    {
        let mut client: serde_json::Value =
            serde_json::from_slice(&authenticator.client("webauthn.create", &challenge))
                .expect("client data");
        client[name] = value;
        sent.client_data = random::encode(client.to_string().as_bytes());
        assert_eq!(party().register(&challenge, &sent), Err(Refused::Origin), "{name}");
    }
}

#[test]
fn no_cut_or_altered_answer_is_taken() {
    let challenge = random::token();
    let mut authenticator = Authenticator::ed25519();
    let created = authenticator.create(&challenge);
    let made = party().register(&challenge, &created).expect("a passkey");
    let object = random::decode(&created.attestation_object).expect("octets");
    for cut in 0..object.len() {
        let sent = Creation {
            client_data: created.client_data.clone(),
            attestation_object: random::encode(&object[..cut]),
        };
        assert!(party().register(&challenge, &sent).is_err());
    }
    let sent = authenticator.get(&challenge);
    let data = random::decode(&sent.authenticator_data).expect("octets");
    for place in 0..data.len() {
        let mut altered = data.clone();
        altered[place] ^= 1;
        let sent = Assertion {
            id: sent.id.clone(),
            client_data: sent.client_data.clone(),
            authenticator_data: random::encode(&altered),
            signature: sent.signature.clone(),
            user_handle: None,
        };
        assert!(party().shown(&challenge, &sent, &made.key, 0, false).is_err(), "octet {place}");
    }
}

/// A key of RSA from the openssl command line signs as Windows Hello does.
#[test]
fn rs256_as_openssl_signs() {
    use std::process::Command;
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    let run = |arguments: &[&str]| {
        let output =
            Command::new("openssl").args(arguments).current_dir(&directory).output().expect("openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    run(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key.pem"]);
    let modulus = String::from_utf8(run(&["rsa", "-in", "key.pem", "-noout", "-modulus"])).expect("text");
    let modulus = modulus.trim().strip_prefix("Modulus=").expect("a modulus");
    let modulus: Vec<u8> = (0..modulus.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&modulus[at..at + 2], 16).expect("hex"))
        .collect();
    let mut cose = vec![0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20];
    octet_string(&mut cose, &modulus);
    cose.push(0x21);
    octet_string(&mut cose, &[1, 0, 1]);
    std::fs::write(path("message"), b"a message").expect("a file");
    run(&["dgst", "-sha256", "-sign", "key.pem", "-out", "signature", "message"]);
    let signature = std::fs::read(path("signature")).expect("a signature");
    let (key, rest) = cose::read(&cose).expect("a key");
    assert!(rest.is_empty());
    assert!(key.verifies(b"a message", &signature));
    assert!(!key.verifies(b"another message", &signature));
}
