//! A webhook: the alert as JSON, signed by the scheme of Standard Webhooks 1.0.0
//! (<https://www.standardwebhooks.com>, `v1`: HMAC-SHA256).

use std::path::PathBuf;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use midwatch_model::{Alert, AlertKind, Time};
use ring::hmac;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use super::http::Place;
use super::secret::Secret;
use super::trust::Trust;
use super::{Around, Failure, Message, clean, short_key, words};

/// What secrets of this scheme begin with.
const PREFIX: &str = "whsec_";

/// Bytes of a secret: at least and at most.
const SECRET: std::ops::RangeInclusive<usize> = 24..=64;

/// Base64 with or without padding, as the reference libraries read it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A body above this, which is what Standard Webhooks recommends as the most, goes without what was remembered and met
/// in full (`was` and `is` of each change).
const FULL: usize = 20 * 1024;

/// A body above this goes with fewer events.
const LARGEST: usize = 256 * 1024;

/// A webhook of your own: the alert as JSON, signed so that the receiver can tell that it came from here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChannel {
    /// Where to post to. It must be https, but on loopback.
    #[schemars(with = "String")]
    pub url: Url,
    /// What the signature is made with: `whsec_` and 24 to 64 random bytes in Base64, as in the output of
    /// `echo "whsec_$(openssl rand -base64 32)"`.
    pub secret: Secret,
    /// The secret from before, while receivers change over: each message is then signed with both.
    pub old_secret: Option<Secret>,
    /// A PEM file of authorities: they, and nobody else, may vouch for the receiver. Without it the system's do.
    pub ca: Option<PathBuf>,
    /// Allows http beyond loopback: whoever is on the way can then read every alert, and keep it back.
    #[serde(default)]
    pub insecure: bool,
}

/// The body of a webhook: what Standard Webhooks recommends, and the alert's own fields beside it.
#[derive(Serialize)]
struct Body<'a> {
    /// `midwatch.changes`, `midwatch.silence`, `midwatch.digest` or `midwatch.test`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// When the alert was made.
    timestamp: Time,
    /// The alert's key, the same at each attempt.
    key: &'a str,
    /// The page of the dashboard about it.
    url: Option<String>,
    /// The words of it, for people.
    text: String,
    /// How many events had to be left out.
    #[serde(skip_serializing_if = "is_zero")]
    left_out: usize,
    #[serde(flatten)]
    alert: &'a Alert,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A webhook, ready.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    place: Place,
    secret: Secret,
    old_secret: Option<Secret>,
}

impl Webhook {
    pub(crate) fn new(channel: &WebhookChannel) -> Result<Webhook, String> {
        for secret in [Some(&channel.secret), channel.old_secret.as_ref()].into_iter().flatten() {
            // One that lies elsewhere may come later, and is looked at when it is needed.
            if secret.is_inline() {
                key(secret)?;
            }
        }
        Ok(Webhook {
            place: Place::new(&channel.url, channel.insecure, Trust::new(channel.ca.as_deref()))?,
            secret: channel.secret.clone(),
            old_secret: channel.old_secret.clone(),
        })
    }

    pub(crate) async fn send(&self, message: &Message<'_>, around: &Around) -> Result<(), Failure> {
        let body = body(message, around)?;
        let id = format!("msg_{}", short_key(message.key));
        let timestamp = message.now.as_second().to_string();
        let mut signature = sign(&self.secret, &id, &timestamp, &body)?;
        if let Some(old) = &self.old_secret {
            signature = format!("{signature} {}", sign(old, &id, &timestamp, &body)?);
        }
        let fields = [
            ("webhook-id", id.as_str()),
            ("webhook-timestamp", &timestamp),
            ("webhook-signature", &signature),
        ];
        let answer = self.place.post(around, &fields, "application/json", body).await?;
        answer.taken(self.place.host(), message.now)
    }
}

/// The signature of one secret: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in Base64.
fn sign(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Result<String, Failure> {
    let mut context = hmac::Context::with_key(&key(secret).map_err(Failure::later)?);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    Ok(format!("v1,{}", STANDARD.encode(context.sign().as_ref())))
}

fn key(secret: &Secret) -> Result<hmac::Key, String> {
    let text = secret.read().map_err(|error| error.to_string())?;
    let bytes = text.strip_prefix(PREFIX).and_then(|text| LENIENT.decode(text).ok()).map(Zeroizing::new);
    match bytes {
        Some(bytes) if SECRET.contains(&bytes.len()) => Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes)),
        _ => Err("the webhook's secret is not `whsec_` and 24 to 64 bytes in Base64: make one with \
                  echo \"whsec_$(openssl rand -base64 32)\""
            .to_owned()),
    }
}

fn body(message: &Message<'_>, around: &Around) -> Result<Vec<u8>, Failure> {
    let write = |alert: &Alert, left_out: usize| {
        let body = Body {
            kind: match alert.kind {
                AlertKind::Changes => "midwatch.changes",
                AlertKind::Silence => "midwatch.silence",
                AlertKind::Digest => "midwatch.digest",
                AlertKind::Test => "midwatch.test",
            },
            timestamp: alert.at,
            key: message.key,
            url: around.page_of(message.alert).map(String::from),
            text: clean::bytes(&words::body(alert, around), LARGEST / 4),
            left_out,
            alert,
        };
        serde_json::to_vec(&body)
            .map_err(|error| Failure::refused(format!("the alert cannot be written as JSON: {error}")))
    };
    let whole = write(message.alert, 0)?;
    if whole.len() <= FULL {
        return Ok(whole);
    }
    let mut less = message.alert.clone();
    for event in &mut less.events {
        (event.change.was, event.change.is) = (None, None);
    }
    loop {
        let bytes = write(&less, message.alert.events.len() - less.events.len())?;
        if bytes.len() <= LARGEST {
            return Ok(bytes);
        }
        if less.events.is_empty() {
            less.lines.truncate(less.lines.len() / 2);
            less.title = clean::line(&less.title, 400);
            less.name = clean::line(&less.name, 400);
            if less.lines.is_empty() {
                return write(&less, message.alert.events.len());
            }
        }
        // The worst stand first, and stay.
        less.events.truncate(less.events.len() / 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::testing;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the reference libraries' own tests.
        let secret = Secret::inline("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = br#"{"test": 2432232314}"#;
        let signature = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_that_are_none_are_told_of_without_being_told() {
        for wrong in ["hush", "whsec_", "whsec_aHVzaA==", "whsec_!!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            let channel = WebhookChannel {
                url: "https://hook.example/".parse().unwrap(),
                secret: Secret::inline(wrong),
                old_secret: None,
                ca: None,
                insecure: false,
            };
            let error = Webhook::new(&channel).unwrap_err();
            assert!(error.contains("openssl rand -base64 32"), "{error}");
            assert!(!error.contains("hush") && !error.contains("MfKQ"), "{error}");
        }
    }

    #[test]
    fn bodies_are_bounded_and_say_what_is_left_out() {
        let mut alert = testing::issuer();
        let mut event = alert.events[0].clone();
        event.change.because = vec!["x".repeat(1000); 100];
        alert.events = vec![event; 64];
        let message = Message { key: "k", now: testing::now(), alert: &alert };
        let bytes = body(&message, &Around::new("watch.example")).unwrap();
        assert!(bytes.len() <= LARGEST);
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let kept = json["events"].as_array().unwrap().len();
        assert_eq!(json["left_out"], 64 - kept);
        assert!(kept > 0);
        // As JSON for programs it can be read as an alert again.
        let again: Alert = serde_json::from_value(json).unwrap();
        assert_eq!(again.events[0], alert.events[0]);
    }
}
