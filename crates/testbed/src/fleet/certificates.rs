//! The certificates of a fleet: one authority, two keys for all hosts, and a certificate for each host, made when it is
//! asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber,
};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{address_of, name_of};

const DAY: Duration = Duration::from_secs(86_400);

/// What hosts show.
#[derive(Debug)]
pub(super) struct Certificates {
    issuer: Issuer<'static, KeyPair>,
    authority: String,
    /// The key that all hosts have, and that of those who show another.
    keys: [KeyPair; 2],
    provider: Arc<CryptoProvider>,
    hosts: Mutex<HashMap<u32, Host>>,
}

#[derive(Debug)]
struct Host {
    /// Counts the certificates that it has had.
    serial: u32,
    key: usize,
    config: Option<Arc<ServerConfig>>,
}

impl Certificates {
    pub(super) fn new() -> Certificates {
        let key = || KeyPair::generate().expect("a key");
        let authority_key = key();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Fleet of midwatch's tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let now = SystemTime::now();
        params.not_before = (now - 20 * DAY).into();
        params.not_after = (now + 365 * DAY).into();
        let authority = params.self_signed(&authority_key).expect("a certificate").pem();
        Certificates {
            issuer: Issuer::new(params, authority_key),
            authority,
            keys: [key(), key()],
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            hosts: Mutex::default(),
        }
    }

    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    pub(super) fn swap(&self, host: u32, other_key: bool) {
        let mut hosts = self.hosts();
        let known = hosts.entry(host).or_insert(Host { serial: 0, key: 0, config: None });
        known.serial += 1;
        known.key ^= usize::from(other_key);
        known.config = None;
    }

    /// What a host's TLS works with now.
    pub(super) fn of(&self, host: u32) -> Arc<ServerConfig> {
        let mut hosts = self.hosts();
        let known = hosts.entry(host).or_insert(Host { serial: 0, key: 0, config: None });
        known.config.get_or_insert_with(|| self.make(host, known.serial, known.key)).clone()
    }

    fn hosts(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, host: u32, serial: u32, key: usize) -> Arc<ServerConfig> {
        let name = name_of(host);
        let key = &self.keys[key];
        let mut params =
            CertificateParams::new(vec![name.clone(), address_of(host).to_string()]).expect("names of hosts");
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from((u64::from(host) << 32) | (u64::from(serial) + 1)));
        // Old enough for a clock that is days behind.
        let start = SystemTime::now() - 10 * DAY;
        params.not_before = start.into();
        params.not_after = (start + 90 * DAY).into();
        let certificate = params.signed_by(key, &self.issuer).expect("a certificate").der().clone();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let private =
            rustls::crypto::ring::sign::any_supported_type(&private).expect("a key that ring can use");
        let shown = Shown(Arc::new(CertifiedKey::new(vec![certificate], private)));
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .expect("versions that ring has")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Thousands of caches of sessions would be most of the memory.
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        Arc::new(config)
    }
}

#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}
