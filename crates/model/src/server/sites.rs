//! Which sites the programs of a server are told to serve: under which names, where, and with which certificates.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::{Outcome, Time, Unread};

/// What the configuration of every program that serves sites says, and what hosting panels have beside it.
///
/// Files alone are read. What a program that is running was started with may be older than its files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServedSites {
    /// The programs whose configuration is there.
    pub programs: Vec<SiteProgram>,
    /// Their sites, in the order of the configuration.
    pub sites: Vec<ServedSite>,
    /// The certificates that the sites name, and those that an ACME client keeps, each file once.
    pub certificates: Vec<CertificateFile>,
    /// The domains that hosting panels know, with whose they are.
    pub domains: Vec<PanelDomain>,
    /// Files that are there and could not be read, what could not be understood, and limits that were reached.
    pub unread: Vec<Unread>,
}

/// A program that serves sites, by its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SiteProgram {
    /// Which program.
    pub software: SiteSoftware,
    /// The file that its configuration begins at.
    pub file: String,
    /// How many files were read, that one included.
    pub files: u32,
    /// Whether names that no site has are refused where a client sends one (Apache's SSLStrictSNIVHostCheck).
    #[serde(default)]
    pub strict_sni: Option<bool>,
}

/// Programs that serve sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SiteSoftware {
    /// nginx.
    Nginx,
    /// Apache httpd.
    Apache,
    /// Caddy.
    Caddy,
    /// OpenLiteSpeed.
    #[serde(rename = "openlitespeed")]
    OpenLiteSpeed,
}

impl SiteSoftware {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            SiteSoftware::Nginx => "nginx",
            SiteSoftware::Apache => "Apache",
            SiteSoftware::Caddy => "Caddy",
            SiteSoftware::OpenLiteSpeed => "OpenLiteSpeed",
        }
    }
}

impl std::fmt::Display for SiteSoftware {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One site: a server block of nginx, a virtual host of Apache, a block of a Caddyfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServedSite {
    /// Who serves it.
    pub software: SiteSoftware,
    /// Its names as they are written, in lower case: `shop.example`, `*.shop.example`, `.shop.example`, and regular
    /// expressions of nginx with their `~`. Empty where it takes what no other site has.
    pub names: Vec<String>,
    /// Where it listens.
    pub listens: Vec<SiteListen>,
    /// The files of its certificates, as positions in [`ServedSites::certificates`].
    pub certificates: Vec<u32>,
    /// True where handshakes are refused instead of answered with a certificate (nginx's `ssl_reject_handshake`).
    #[serde(default)]
    pub rejects: bool,
    /// The program gets and keeps its certificate by itself (Caddy, Apache's mod_md).
    #[serde(default)]
    pub automatic: bool,
    /// It passes bytes on, and speaks no http itself (nginx's stream).
    #[serde(default)]
    pub stream: bool,
    /// What it answers over plain http, where it listens for that.
    pub plain: PlainSays,
    /// The directories of users that it serves under `/~name/`.
    #[serde(default)]
    pub user_directories: Option<UserDirectories>,
    /// What its TLS is told beside the certificate, as a short digest: sites with the same one, at the same place, answer
    /// hellos alike but for the certificate. None where it speaks no TLS.
    #[serde(default)]
    pub tls_settings: Option<String>,
    /// Whose it is, where a panel says so.
    #[serde(default)]
    pub account: Option<String>,
    /// The file that it stands in.
    pub file: String,
    /// Its first line there, from 1.
    pub line: u32,
}

impl ServedSite {
    /// True where it speaks TLS at one of its places.
    pub fn speaks_tls(&self) -> bool {
        self.listens.iter().any(|listen| listen.tls)
    }

    /// Its names that are names and no patterns.
    pub fn exact_names(&self) -> impl Iterator<Item = &str> {
        let is_exact =
            |name: &&str| !name.is_empty() && !name.starts_with(['~', '.']) && !name.contains(['*', '$']);
        self.names.iter().map(String::as_str).filter(is_exact)
    }
}

/// One place where a site listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SiteListen {
    /// The address; an unspecified one (`0.0.0.0`, `::`) for all of its family.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// TLS from the first byte.
    pub tls: bool,
    /// The site answers here for names that no other has.
    pub default: bool,
}

impl SiteListen {
    /// Where this computer itself reaches it: loopback for all addresses of a family.
    pub fn reached_at(&self) -> SocketAddr {
        let address = match self.address {
            IpAddr::V4(address) if address.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(address) if address.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
            address => address,
        };
        SocketAddr::new(address, self.port)
    }

    /// True where nobody but this computer reaches it.
    pub fn is_own(&self) -> bool {
        self.address.is_loopback()
    }
}

impl std::fmt::Display for SiteListen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        SocketAddr::new(self.address, self.port).fmt(f)
    }
}

/// What a site answers over plain http, as far as its configuration tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PlainSays {
    /// It does not listen for plain http.
    None,
    /// Everything is sent to https, but for what an ACME client needs.
    Redirects,
    /// Everything is refused, but for what an ACME client needs.
    Refuses,
    /// It has content.
    Serves,
    /// The configuration does not tell without being run.
    Unknown,
}

/// Directories of users (Apache's UserDir).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserDirectories {
    /// The directory, as it is written.
    pub directory: String,
    /// Users who have none, or `all but` those that are enabled.
    pub disabled: Vec<String>,
    /// The file that says so.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
}

/// A file of certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CertificateFile {
    /// The file.
    pub file: String,
    /// Its first certificate, which is the site's own.
    pub certificate: Outcome<FileCertificate>,
    /// Who renews it, where an ACME client's own files say so: `certbot`.
    #[serde(default)]
    pub renewed_by: Option<String>,
}

/// What a certificate in a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileCertificate {
    /// The subject.
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// Its names (dNSName and iPAddress of subjectAltName), lower case, at most 100.
    pub names: Vec<String>,
    /// Names beyond these.
    #[serde(default)]
    pub more: u32,
    /// From when it is valid.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub not_before: Time,
    /// Until when.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub not_after: Time,
    /// Its key: `RSA 2048`, `EC P-256`, `Ed25519`, or an OID.
    pub key: String,
    /// SHA-256 of its DER, as hexadecimal digits.
    pub sha256: String,
    /// Subject and issuer are the same.
    pub self_issued: bool,
    /// Certificates in the file, this one included.
    pub count: u32,
}

/// A domain that a hosting panel knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PanelDomain {
    /// The domain, lower case.
    pub domain: String,
    /// Whose it is in the panel; empty where that is not told.
    pub account: String,
    /// The panel.
    pub panel: String,
    /// The file that says so.
    pub file: String,
}
