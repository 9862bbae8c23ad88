//! Passkeys: WebAuthn level 3, registration (section 7.1) and log-in (section 7.2), without attestation: which make an
//! authenticator is of is not asked, and not judged.
//!
//! The key of a passkey is bound to this site by the browser. A site of somebody in the middle gets no signature that
//! serves here, which is what sets it apart from a password and from a code.

pub mod cbor;
pub mod cose;
pub mod data;

use ring::digest::{SHA256, digest};
use serde::Deserialize;

use super::random;

/// The site that passkeys are made for.
#[derive(Clone, Debug)]
pub struct Party {
    /// The relying party's id: the host's name.
    pub id: String,
    /// Origins from which it may be asked: `https://name[:port]`.
    pub origins: Vec<String>,
}

/// Why what an authenticator sent is not taken. The sentence is for the log and the user; it says nothing secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It cannot be read.
    #[error("the browser's answer is not of the form that WebAuthn prescribes")]
    Form,
    /// It was made for something else.
    #[error("the browser's answer is of another kind than asked for")]
    Kind,
    /// It answers another challenge.
    #[error("the answer is to another challenge: ask again")]
    Challenge,
    /// It was made on another site.
    #[error("the answer was made on another site")]
    Origin,
    /// For another relying party.
    #[error("the passkey is of another site")]
    Party,
    /// Nobody touched it.
    #[error("the authenticator says that nobody was there")]
    Absent,
    /// It does not know who was there.
    #[error("the authenticator did not verify who uses it (PIN or finger)")]
    Unverified,
    /// Its signature is wrong.
    #[error("the signature is not of this passkey")]
    Signature,
    /// Its counter went back, or stood still.
    #[error(
        "the passkey's counter did not go up, as if there were a copy of it: remove it and register it again"
    )]
    Counter,
}

/// What a browser sends after `navigator.credentials.create`; octets in base64url.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Creation {
    /// The browser's part.
    #[serde(rename = "clientDataJSON")]
    pub client_data: String,
    /// The authenticator's part.
    pub attestation_object: String,
}

/// What a browser sends after `navigator.credentials.get`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    /// Which passkey.
    pub id: String,
    /// The browser's part.
    #[serde(rename = "clientDataJSON")]
    pub client_data: String,
    /// The authenticator's part.
    pub authenticator_data: String,
    /// Its signature.
    pub signature: String,
    /// Whose passkey it is, where it says so.
    #[serde(default)]
    pub user_handle: Option<String>,
}

/// A passkey that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its name, base64url.
    pub id: String,
    /// Its public key in COSE.
    pub key: Vec<u8>,
    /// Its counter.
    pub counter: u32,
    /// The key is kept elsewhere too (synchronised).
    pub backed_up: bool,
}

/// A log-in by a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The counter to keep.
    pub counter: u32,
    /// The authenticator verified who uses it.
    pub verified: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<String>,
}

impl Party {
    /// Verifies a registration. `challenge` is the one that was given, base64url.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn register(&self, challenge: &str, sent: &Creation) -> Result<Made, Refused> {
        self.client(&sent.client_data, "webauthn.create", challenge)?;
        let object = octets(&sent.attestation_object)?;
        let (object, rest) = cbor::read(&object).ok_or(Refused::Form)?;
        let data = object.named("authData").and_then(cbor::Item::bytes).ok_or(Refused::Form)?;
        if !rest.is_empty() || object.named("fmt").is_none() {
            return Err(Refused::Form);
        }
        let data = data::read(data).ok_or(Refused::Form)?;
        self.authenticator(&data)?;
        // Whoever makes one has to have verified himself: it may then serve as the only thing asked.
        if !data.verified() {
            return Err(Refused::Unverified);
        }
        let (name, key) = data.made.ok_or(Refused::Form)?;
        Ok(Made {
            id: random::encode(name),
            key: key.to_vec(),
            counter: data.counter,
            backed_up: data.backed_up(),
        })
    }

    /// Verifies a log-in by a passkey whose key (COSE) and counter are kept. With `alone` it is all that is asked, and
    /// the authenticator has to have verified the user.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn shown(
        &self,
        challenge: &str,
        sent: &Assertion,
        key: &[u8],
        counter: u32,
        alone: bool,
    ) -> Result<Shown, Refused> {
        let client = self.client(&sent.client_data, "webauthn.get", challenge)?;
        let signed = octets(&sent.authenticator_data)?;
        let data = data::read(&signed).ok_or(Refused::Form)?;
        self.authenticator(&data)?;
        if alone && !data.verified() {
            return Err(Refused::Unverified);
        }
        let (key, _) = cose::read(key).ok_or(Refused::Form)?;
        let message = [signed.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        if !key.verifies(&message, &octets(&sent.signature)?) {
            return Err(Refused::Signature);
        }
        if (counter != 0 || data.counter != 0) && data.counter <= counter {
            return Err(Refused::Counter);
        }
        Ok(Shown { counter: data.counter, verified: data.verified() })
    }

    fn client(&self, sent: &str, kind: &str, challenge: &str) -> Result<Vec<u8>, Refused> {
        let bytes = octets(sent)?;
        let client: ClientData = serde_json::from_slice(&bytes).map_err(|_| Refused::Form)?;
        if client.kind != kind {
            return Err(Refused::Kind);
        }
        if !random::same(&client.challenge, challenge) {
            return Err(Refused::Challenge);
        }
        if !self.origins.contains(&client.origin) || client.cross_origin || client.top_origin.is_some() {
            return Err(Refused::Origin);
        }
        Ok(bytes)
    }

    fn authenticator(&self, data: &data::Data<'_>) -> Result<(), Refused> {
        if data.party != digest(&SHA256, self.id.as_bytes()).as_ref() {
            return Err(Refused::Party);
        }
        if !data.present() {
            return Err(Refused::Absent);
        }
        Ok(())
    }
}

/// Bounded by the size of the request that it came in.
fn octets(text: &str) -> Result<Vec<u8>, Refused> {
    random::decode(text).ok_or(Refused::Form)
}

#[cfg(test)]
pub(crate) mod tests;
