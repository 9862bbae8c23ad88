//! Where a database of PostgreSQL is, and how it is talked to.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::StoreError;

/// How long bytes may stay without an answer before a connection counts as lost.
const SILENCE: Duration = Duration::from_secs(30);

/// An address, understood.
pub(crate) struct Address {
    /// What it is called in messages: without user and password.
    pub(crate) place: Arc<str>,
    /// How it is connected to.
    pub(crate) config: Config,
    /// With TLS, and a certificate that is checked.
    pub(crate) tls: bool,
    /// The file of authorities that are trusted instead of the system's.
    pub(crate) roots: Option<PathBuf>,
}

/// What `sslmode` may be. Whoever asks for TLS has the certificate checked: without that it protects from nobody who
/// sits in the middle.
const MODES: [&str; 4] = ["disable", "require", "verify-ca", "verify-full"];

impl Address {
    /// Understands `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…`.
    ///
    /// # Errors
    /// [`StoreError::Place`], which does not repeat the address, since a password may be in it.
    pub(crate) fn parse(url: &str) -> Result<Address, StoreError> {
        let (plain, mode, roots) = split(url)?;
        let mut config: Config = plain.parse().map_err(|error: tokio_postgres::Error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            StoreError::Place(format!(
                "the address of the PostgreSQL database cannot be understood{}: write postgres://user@host/database",
                cause.unwrap_or_default()
            ))
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(StoreError::Place(
                "the address of the PostgreSQL database names no host: write postgres://user@host/database"
                    .into(),
            ));
        }
        let near = is_near(&config);
        let unix = config.get_hosts().iter().any(is_unix);
        let tls = match mode.as_deref() {
            Some("disable") => false,
            Some(_) if unix => {
                return Err(StoreError::Place(
                    "there is no TLS on a Unix socket: leave sslmode out of the address".into(),
                ));
            }
            Some(_) => true,
            None => !near,
        };
        let place = place(&config).into();
        config
            .ssl_mode(if tls { SslMode::Require } else { SslMode::Disable })
            .application_name("midwatch")
            .tcp_user_timeout(SILENCE)
            .keepalives_idle(SILENCE);
        Ok(Address { place, config, tls, roots })
    }
}

/// Takes out what tokio-postgres does not know as it is meant here.
fn split(url: &str) -> Result<(String, Option<String>, Option<PathBuf>), StoreError> {
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), None, None)) };
    let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "sslmode" if MODES.contains(&value) => mode = Some(value.to_owned()),
            "sslmode" => {
                return Err(StoreError::Place(format!(
                    "sslmode in the address of the PostgreSQL database is one of {}: without TLS, or with a \
                     certificate that is checked",
                    MODES.join(", ")
                )));
            }
            "sslrootcert" if value.contains('%') => {
                return Err(StoreError::Place(
                    "sslrootcert in the address of the PostgreSQL database is written without % escapes"
                        .into(),
                ));
            }
            "sslrootcert" => roots = Some(PathBuf::from(value)),
            _ => rest.push(pair),
        }
    }
    let plain = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
    Ok((plain, mode, roots))
}

/// Nobody else is on the way there.
fn is_near(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    // These are what is connected to, where they are named.
    match config.get_hostaddrs() {
        [] => hosts,
        addresses => addresses.iter().all(IpAddr::is_loopback),
    }
}

fn is_unix(host: &Host) -> bool {
    match host {
        Host::Tcp(_) => false,
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// `the PostgreSQL database midwatch at db.example:5432`.
fn place(config: &Config) -> String {
    let mut hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    if hosts.is_empty() {
        hosts = config.get_hostaddrs().iter().map(ToString::to_string).collect();
    }
    let port = config.get_ports().first().map(|port| format!(":{port}")).unwrap_or_default();
    let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
    midwatch_model::lossless(
        format!("the PostgreSQL database {name} at {}{port}", hosts.join(",")).as_bytes(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn tls_is_used_wherever_somebody_could_be_on_the_way() {
        for (url, tls) in [
            ("postgres://me@127.0.0.1/watch", false),
            ("postgres://me@[::1]:5433/watch", false),
            ("postgresql://me@localhost/watch", false),
            ("postgres://me@%2Frun%2Fpostgresql/watch", false),
            ("postgres://me@/watch?host=/run/postgresql", false),
            ("postgres://me@db.example/watch", true),
            ("postgres://me@192.0.2.1/watch", true),
            ("postgres://me@127.0.0.1,db.example/watch", true),
            ("postgres://me@localhost/watch?hostaddr=192.0.2.1", true),
            ("postgres://me@db.example/watch?sslmode=disable", false),
            ("postgres://me@localhost/watch?sslmode=require", true),
            ("postgres://me@localhost/watch?sslmode=verify-full&sslrootcert=/etc/ca.pem", true),
        ] {
            let address = parse(url);
            assert_eq!(address.tls, tls, "{url}");
            let mode = if tls { SslMode::Require } else { SslMode::Disable };
            assert_eq!(address.config.get_ssl_mode(), mode, "{url}");
        }
        let address = parse("postgres://me@localhost/watch?sslmode=verify-full&sslrootcert=/etc/ca.pem");
        assert_eq!(address.roots, Some(PathBuf::from("/etc/ca.pem")));
    }

    #[test]
    fn what_cannot_be_understood_is_said_without_the_address() {
        for url in [
            "postgres://me:hunter2@db.example:port/watch",
            "postgres://me:hunter2@db.example/watch?sslmode=prefer",
            "postgres://me:hunter2@db.example/watch?no_such=hunter2",
            "postgres://me:hunter2@/watch",
            "postgres://me:hunter2@%2Frun/watch?sslmode=require",
            "postgres://me:hunter2@h/%ff",
        ] {
            let error = Address::parse(url).err().expect(url).to_string();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(error.contains(" PostgreSQL ") || error.contains("Unix socket"), "{error}");
        }
    }

    #[test]
    fn its_name_has_no_password() {
        let address = parse("postgres://me:hunter2@db.example:5433/watch?password=hunter2");
        assert_eq!(&*address.place, "the PostgreSQL database watch at db.example:5433");
    }
}
