//! Certificates from an authority that speaks ACME (RFC 8555): it is proved that the names lead here by an answer on the
//! dashboard's own port (tls-alpn-01, RFC 8737), or on the port of the redirect (http-01).

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, BodyWrapper, ChallengeType, Identifier, NewAccount,
    NewOrder, OrderStatus, RetryPolicy,
};
use jiff::{SignedDuration, Timestamp};
use midwatch_watch::roots;
use rcgen::{CertificateParams, CustomExtension, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivatePkcs8KeyDer;

use super::held::{Held, chain, names as names_of, validity};
use super::{TlsError, place};

/// The protocol by which an authority asks: RFC 8737, section 3.
pub const PROTOCOL: &[u8] = b"acme-tls/1";

/// How long one order may take.
const ORDER: Duration = Duration::from_secs(180);

/// How long an authority may take to validate, or to make the certificate.
const POLL: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(90));

/// Between a failure and the next try: doubled each time up to the second. Let's Encrypt allows five failures an hour.
const AGAIN: [Duration; 2] = [Duration::from_secs(15 * 60), Duration::from_secs(12 * 60 * 60)];

/// Which authority.
#[derive(Clone, Debug)]
pub struct Acme {
    /// The address of its directory, https.
    pub directory: String,
    /// Mail addresses for its warnings: `mailto:…`.
    pub contact: Vec<String>,
    /// A file of the authorities that may vouch for the directory, and no others; without it the system's.
    pub root: Option<PathBuf>,
    /// Where the account, the certificate and its key are kept.
    pub state: PathBuf,
    /// The proof is given over plain http (http-01), by the redirect that these names lead to on port 80; else by the
    /// dashboard itself (tls-alpn-01), to which they lead on port 443.
    pub http: bool,
}

/// Answers of http-01 (RFC 8555, section 8.3), by token.
#[derive(Clone, Debug, Default)]
pub struct Tokens(Arc<Mutex<HashMap<String, String>>>);

impl Tokens {
    /// What is to be answered for a token.
    pub fn get(&self, token: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    fn set(&self, token: &str, answer: Option<String>) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Some(answer) => tokens.insert(token.to_owned(), answer),
            None => tokens.remove(token),
        };
    }
}

fn failed(acme: &Acme, what: impl ToString) -> TlsError {
    TlsError::Acme { directory: acme.directory.clone(), what: what.to_string() }
}

/// The certificate that was kept; where there is none yet, one that nobody trusts, so that the port answers.
pub(super) fn kept(acme: &Acme, names: &[String]) -> Result<CertifiedKey, TlsError> {
    place::directory(&acme.state)?;
    match read(acme)? {
        Some(held) => Ok(held),
        None => placeholder(names, None),
    }
}

fn read(acme: &Acme) -> Result<Option<CertifiedKey>, TlsError> {
    let file = acme.state.join("cert.pem");
    match (place::read(&file)?, place::read(&acme.state.join("key.pem"))?) {
        // One that does not match is from a crash between the two: another one is asked for.
        (Some(certificates), Some(key)) => Ok(chain(&file, &certificates, &key).ok()),
        _ => Ok(None),
    }
}

/// A certificate that signs itself; with the digest it is the answer to tls-alpn-01.
fn placeholder(names: &[String], digest: Option<&[u8]>) -> Result<CertifiedKey, TlsError> {
    let making = |error: rcgen::Error| TlsError::Making { names: names.join(", "), what: error.to_string() };
    let mut params = CertificateParams::new(names.to_vec()).map_err(making)?;
    if let Some(digest) = digest.filter(|digest| digest.len() == 32) {
        params.custom_extensions.push(CustomExtension::new_acme_identifier(digest));
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(making)?;
    let made = params.self_signed(&key).map_err(making)?;
    // Not by `chain`: rustls, which would look whether the key fits, does not know the critical extension of the answer.
    let kept = PrivatePkcs8KeyDer::from(key.serialize_der());
    let signs = rustls::crypto::ring::sign::any_ecdsa_type(&kept.into())
        .map_err(|error| TlsError::Making { names: names.join(", "), what: error.to_string() })?;
    Ok(CertifiedKey::new(vec![made.der().clone()], signs))
}

/// How long until the certificate is to be renewed: when a third of its life is left.
fn rest(held: &CertifiedKey, names: &[String], now: Timestamp) -> Duration {
    let Some(leaf) = held.cert.first() else { return Duration::ZERO };
    let (mut has, mut wants) = (names_of(leaf), names.to_vec());
    has.sort();
    wants.sort();
    // One that signs itself is the placeholder.
    if has != wants || held.cert.len() < 2 {
        return Duration::ZERO;
    }
    let Some((from, until)) = validity(leaf) else { return Duration::ZERO };
    let third = until.duration_since(from) / 3;
    let due: SignedDuration = (until - third).duration_since(now);
    Duration::try_from(due).unwrap_or(Duration::ZERO)
}

/// Asks for a certificate when it is time, again and again.
pub(super) async fn keep(acme: &Acme, names: &[String], held: &Held, tokens: &Tokens) {
    let [mut again, longest] = AGAIN;
    loop {
        let wait = rest(&held.current(), names, Timestamp::now());
        if !wait.is_zero() {
            // Never longer than a day at once: the clock may be put.
            tokio::time::sleep(wait.min(Duration::from_secs(24 * 60 * 60))).await;
            continue;
        }
        let asked = tokio::time::timeout(ORDER, order(acme, names, held, tokens)).await;
        match asked
            .unwrap_or_else(|_| Err(failed(acme, format!("no certificate within {} s", ORDER.as_secs()))))
        {
            Ok(chain) => {
                held.set(chain);
                tracing::info!(
                    names = names.join(", "),
                    directory = acme.directory,
                    "a certificate was obtained"
                );
                again = AGAIN[0];
                // One that is due at once again is of an authority whose certificates live shorter than is asked here.
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            Err(error) => {
                tracing::error!(%error, again_in_seconds = again.as_secs(), "no certificate was obtained");
                tokio::time::sleep(again).await;
                again = (again * 2).min(longest);
            }
        }
    }
}

/// What the authority is asked by: https alone.
fn client(acme: &Acme) -> Result<Client<HttpsConnector<HttpConnector>, BodyWrapper<Bytes>>, TlsError> {
    let config =
        roots::client(acme.root.as_deref(), "directory_trust").map_err(|error| failed(acme, error))?;
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_only();
    let connector = connector.enable_http1().enable_http2().build();
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

async fn account(acme: &Acme) -> Result<Account, TlsError> {
    let file = acme.state.join("account.json");
    let builder = Account::builder_with_http(Box::new(client(acme)?));
    if let Some(kept) = place::read(&file)? {
        let credentials: AccountCredentials =
            serde_json::from_slice(&kept).map_err(|_| TlsError::Content {
                path: file.clone(),
                what: "it holds no account: remove it, and another account is made".into(),
            })?;
        return builder.from_credentials(credentials).await.map_err(|error| failed(acme, error));
    }
    let contact: Vec<&str> = acme.contact.iter().map(String::as_str).collect();
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) =
        builder.create(&new, acme.directory.clone(), None).await.map_err(|error| failed(acme, error))?;
    let kept = serde_json::to_vec(&credentials).map_err(|error| failed(acme, error))?;
    place::write(&file, &kept)?;
    Ok(account)
}

/// What has to be taken away again when an order ends, however it does.
struct Answers<'a> {
    held: &'a Held,
    tokens: &'a Tokens,
    names: Vec<String>,
    paths: Vec<String>,
}

impl Drop for Answers<'_> {
    fn drop(&mut self) {
        for name in &self.names {
            self.held.answer(name, None);
        }
        for path in &self.paths {
            self.tokens.set(path, None);
        }
    }
}

/// Orders one certificate and keeps it.
async fn order(
    acme: &Acme,
    names: &[String],
    held: &Held,
    tokens: &Tokens,
) -> Result<CertifiedKey, TlsError> {
    let wrong = |error: instant_acme::Error| failed(acme, error);
    let account = account(acme).await?;
    let identifiers: Vec<Identifier> = names
        .iter()
        .map(|name| name.parse().map_or_else(|_| Identifier::Dns(name.clone()), Identifier::Ip))
        .collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await.map_err(wrong)?;
    let mut answers = Answers { held, tokens, names: Vec::new(), paths: Vec::new() };
    let mut authorizations = order.authorizations();
    while let Some(next) = authorizations.next().await {
        let mut authorization = next.map_err(wrong)?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let (kind, word) = match acme.http {
            true => (ChallengeType::Http01, "http-01"),
            false => (ChallengeType::TlsAlpn01, "tls-alpn-01"),
        };
        let Some(mut challenge) = authorization.challenge(kind) else {
            return Err(failed(
                acme,
                format!("it does not offer {word} for {name}: take the other challenge"),
            ));
        };
        let proof = challenge.key_authorization();
        if !acme.http {
            let chain = placeholder(std::slice::from_ref(&name), Some(proof.digest().as_ref()))?;
            held.answer(&name, Some(chain));
            answers.names.push(name);
        } else {
            let token = challenge.token.clone();
            tokens.set(&token, Some(proof.as_str().to_owned()));
            answers.paths.push(token);
        }
        challenge.set_ready().await.map_err(wrong)?;
    }
    let status = order.poll_ready(&POLL).await.map_err(wrong)?;
    if status != OrderStatus::Ready {
        let why = order.state().error.as_ref().map(ToString::to_string).unwrap_or_default();
        return Err(failed(
            acme,
            format!("it does not accept the proof that the names lead here ({status:?}) {why}"),
        ));
    }
    let making = |error: rcgen::Error| TlsError::Making { names: names.join(", "), what: error.to_string() };
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(making)?;
    let params = CertificateParams::new(names.to_vec()).map_err(making)?;
    let request = params.serialize_request(&key).map_err(making)?;
    order.finalize_csr(request.der()).await.map_err(wrong)?;
    let certificates = order.poll_certificate(&POLL).await.map_err(wrong)?;
    let (file, key) = (acme.state.join("cert.pem"), key.serialize_pem());
    let made = chain(&file, certificates.as_bytes(), key.as_bytes())?;
    place::write(&acme.state.join("key.pem"), key.as_bytes())?;
    place::write(&file, certificates.as_bytes())?;
    Ok(made)
}
