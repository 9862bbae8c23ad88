//! How the dashboard is reached: plain on this computer alone, or by TLS 1.2 and 1.3 with a certificate from files, from
//! a private authority made at first start, or from an authority that speaks ACME.

pub mod acme;
mod files;
mod held;
mod place;
pub mod private;
pub mod redirect;
pub mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

pub use acme::{Acme, Tokens};
pub use held::Held;
pub use private::Anchor;
pub use serve::{Bounds, Peer, serve};

/// How often files are looked at, and lifetimes: a new certificate is in use within this time.
const LOOK: Duration = Duration::from_secs(60);

/// By what the dashboard is reached.
#[derive(Clone, Debug)]
pub enum Tls {
    /// Plain http; on loopback alone.
    Off,
    /// A certificate chain and its key in files of PEM, which are read anew when they change.
    Files {
        /// The certificate, and the intermediate ones after it.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// A private authority, made at first start in this directory.
    Private {
        /// Where its certificate and key lie, and those of the server.
        directory: PathBuf,
    },
    /// An authority that speaks ACME (RFC 8555).
    Acme(Acme),
}

/// Why the dashboard cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Plain http where others could listen.
    #[error(
        "the dashboard is to listen on {0}, which others can reach, without TLS: write tls = \"private\" (or certificate \
         files, or ACME), or let it listen on 127.0.0.1"
    )]
    Plain(SocketAddr),
    /// A file cannot be read or written.
    #[error("{doing} {path}: {source}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What is in files does not serve.
    #[error("{path}: {what}")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// A certificate cannot be made.
    #[error("making a certificate for {names}: {what}")]
    Making {
        /// For which names.
        names: String,
        /// Why.
        what: String,
    },
    /// The authority gives none.
    #[error("asking {directory} for a certificate: {what}")]
    Acme {
        /// Its address.
        directory: String,
        /// What it says.
        what: String,
    },
}

/// Refuses plain http beyond loopback.
///
/// # Errors
/// [`TlsError::Plain`].
pub fn check(tls: &Tls, listen: SocketAddr) -> Result<(), TlsError> {
    match tls {
        Tls::Off if !listen.ip().to_canonical().is_loopback() => Err(TlsError::Plain(listen)),
        _ => Ok(()),
    }
}

/// The names of a certificate: no public authority is asked for addresses, nor for this computer by its own name.
fn certified(tls: &Tls, names: &[String]) -> Vec<String> {
    let is_public = |name: &&String| name.parse::<std::net::IpAddr>().is_err() && *name != "localhost";
    match tls {
        Tls::Acme(_) => names.iter().filter(is_public).cloned().collect(),
        _ => names.to_vec(),
    }
}

/// What serves, made ready.
#[derive(Clone, Debug)]
pub struct Ready {
    tls: Tls,
    names: Vec<String>,
    held: Option<Arc<Held>>,
    /// The private authority, whose words are to be shown to whoever starts the daemon.
    pub anchor: Option<Anchor>,
    /// Answers to an ACME server, for [`redirect::redirect`].
    pub tokens: Tokens,
}

impl Ready {
    /// Reads or makes what is needed to serve these names. It does not wait for an authority that speaks ACME:
    /// [`Ready::keep`] asks it.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn new(tls: &Tls, names: &[String]) -> Result<Ready, TlsError> {
        let mut anchor = None;
        let names = certified(tls, names);
        if names.is_empty() && matches!(tls, Tls::Private { .. } | Tls::Acme(_)) {
            let what = "it has no name to be certified by: write names = [\"watch.example\"] in [web]".into();
            return Err(TlsError::Making { names: "the dashboard".into(), what });
        }
        let held = match tls {
            Tls::Off => None,
            Tls::Files { certificate, key } => Some(files::read(certificate, key)?),
            Tls::Private { directory } => {
                let (made, chain) = private::open(directory, &names)?;
                anchor = Some(made);
                Some(chain)
            }
            Tls::Acme(acme) => Some(acme::kept(acme, &names)?),
        };
        let held = held.map(|chain| Arc::new(Held::new(chain)));
        Ok(Ready { tls: tls.clone(), names, held, anchor, tokens: Tokens::default() })
    }

    /// What rustls serves with; nothing for plain http.
    ///
    /// # Errors
    /// [`TlsError::Content`] where rustls has no protocol version, which does not happen.
    pub fn config(&self) -> Result<Option<Arc<ServerConfig>>, TlsError> {
        let Some(held) = &self.held else { return Ok(None) };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder =
            builder.map_err(|error| TlsError::Content { path: PathBuf::new(), what: error.to_string() })?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(held.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        if matches!(self.tls, Tls::Acme(_)) {
            config.alpn_protocols.push(acme::PROTOCOL.to_vec());
        }
        Ok(Some(Arc::new(config)))
    }

    /// Keeps the certificate good until it is dropped: reads changed files, renews what ends soon. What fails is logged,
    /// and tried again; the old certificate serves meanwhile.
    pub async fn keep(&self) {
        let Some(held) = &self.held else { return std::future::pending().await };
        match &self.tls {
            Tls::Off => std::future::pending().await,
            Tls::Acme(acme) => acme::keep(acme, &self.names, held, &self.tokens).await,
            Tls::Files { certificate, key } => {
                let mut seen = files::stamp(certificate, key);
                loop {
                    tokio::time::sleep(LOOK).await;
                    files::refresh(certificate, key, &mut seen, held);
                }
            }
            Tls::Private { directory } => loop {
                tokio::time::sleep(LOOK * 60).await;
                match private::open(directory, &self.names) {
                    Ok((_, chain)) => held.set(chain),
                    Err(error) => tracing::error!(%error, "the server's certificate could not be renewed"),
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_for_names_that_can_be_certified() {
        let names: Vec<String> = ["127.0.0.1", "::1", "localhost", "watch.example"].map(Into::into).to_vec();
        let directory = tempfile::tempdir().expect("a directory");
        let acme = Acme {
            directory: "https://acme.example/dir".into(),
            contact: Vec::new(),
            root: None,
            state: directory.path().join("acme"),
            http: false,
        };
        let acme = Tls::Acme(acme);
        assert_eq!(Ready::new(&acme, &names).expect("a placeholder").names, ["watch.example"]);
        let private = Tls::Private { directory: directory.path().join("tls") };
        assert_eq!(Ready::new(&private, &names).expect("an authority").names, names);
        for (tls, names) in [(&acme, &names[..3]), (&private, &[])] {
            let error = Ready::new(tls, names).expect_err("no name").to_string();
            assert!(error.contains("names = ["), "{error}");
        }
    }

    #[test]
    fn plain_http_stays_on_this_computer() {
        for (listen, expected) in [
            ("127.0.0.1:80", true),
            ("[::1]:80", true),
            ("0.0.0.0:80", false),
            ("192.0.2.1:80", false),
            ("[::]:80", false),
        ] {
            let listen = listen.parse().expect("an address");
            assert_eq!(check(&Tls::Off, listen).is_ok(), expected, "{listen}");
            assert!(check(&Tls::Private { directory: "x".into() }, listen).is_ok());
        }
        let error =
            check(&Tls::Off, "0.0.0.0:80".parse().expect("an address")).expect_err("refused").to_string();
        assert!(error.contains("tls = \"private\""), "{error}");
    }
}
