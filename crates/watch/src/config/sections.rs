//! The tables of midwatch.toml, but those of targets and channels.

use std::net::SocketAddr;
use std::path::PathBuf;

use midwatch_model::{Role, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Hours, Length, Ports, Range, TimeOfDay, Zone};
use crate::alert::secret::Secret;

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;
const YEAR: u64 = 366 * DAY;

/// How often targets are looked at, how many at once, and what is worth telling.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Watch {
    /// The directory for what is kept: what was seen, keys, accounts. Without it the StateDirectory of systemd, else
    /// midwatch below the user's state directory. Changing it needs a restart.
    pub state: Option<PathBuf>,
    /// What was seen is kept here: the path of a file, or a postgres:// URL, which may lie elsewhere as secrets do.
    /// Without it the file watch.db in the state directory. Changing it needs a restart.
    pub store: Option<Secret>,
    /// Started as root without systemd: who midwatch becomes once it has opened what needs root. Changing it needs a
    /// restart.
    pub user: Option<String>,
    /// How often a target is looked at that says nothing else, from 1m to a year.
    pub every: Length<MINUTE, YEAR>,
    /// By how many hundredths of its interval a look may be early, so that looks are spread, from 0 to 50.
    pub jitter: u8,
    /// Targets that are looked at at the same time, from 1 to 1000.
    pub at_once: u16,
    /// Targets of one host that are looked at at the same time, from 1 to 100.
    pub per_host: u16,
    /// The longest that one look may take, from 10s to a day.
    pub longest: Length<10, DAY>,
    /// Whether what the first look at a target finds is told, or only remembered.
    pub first_look: FirstLook,
    /// The least severity of a change that is told.
    pub threshold: Severity,
    /// The zone of quiet hours, digests and times that people read: UTC, an offset, or a name of the IANA data base.
    pub time_zone: Zone,
}

impl Default for Watch {
    fn default() -> Self {
        Watch {
            state: None,
            store: None,
            user: None,
            every: Length::of(6 * 3600),
            jitter: 10,
            at_once: 16,
            per_host: 2,
            longest: Length::of(600),
            first_look: FirstLook::Quiet,
            threshold: Severity::Medium,
            time_zone: Zone(jiff::tz::TimeZone::UTC),
        }
    }
}

/// What is told of the first look at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FirstLook {
    /// Nothing: it is remembered, and changes are told from then on.
    Quiet,
    /// What it finds at or above the threshold.
    Alert,
}

/// How a target is looked at. What a target does not say in its own table is as here, and what is not said here as on the
/// command line.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Look {
    /// Files of certificates that are trusted beside the public root programmes.
    pub trust: Option<Vec<PathBuf>>,
    /// The resolver: `ADDRESS[:PORT]`, `tls://ADDRESS[:PORT]#NAME` or `https://HOST/PATH`. Without it the system's.
    pub resolver: Option<String>,
    /// The file of records at which DNSSEC validation begins.
    pub dnssec_anchor: Option<PathBuf>,
    /// Addresses for names: HOST:PORT:ADDRESS or HOST:PORT:ADDRESS:PORT.
    pub resolve: Option<Vec<String>>,
    /// Nothing but the target is contacted, and no name is looked up.
    pub offline: Option<bool>,
    /// The longest that one step (a connection, an answer) may take, from 1s to 10m.
    pub timeout: Option<Length<1, 600>>,
    /// Connections to one address at the same time, from 1 to 64.
    pub connections: Option<u16>,
    /// Sites: the most pages that are fetched, from 1 to 100000.
    pub pages: Option<u32>,
    /// Sites: links that are followed from the start page.
    pub depth: Option<u32>,
    /// Sites: the longest that the pages may take, from 1s to a day.
    pub pages_time: Option<Length<1, DAY>>,
    /// Sites: the most requests a second.
    pub rate: Option<f64>,
    /// Sites: leave out what robots.txt asks robots to leave out.
    pub obey_robots: Option<bool>,
    /// The servers of the zone above are asked whom they delegate to.
    pub delegation: Option<bool>,
    /// Certification authorities are asked whether certificates are revoked.
    pub revocation: Option<bool>,
    /// Certification authorities are asked for certificates of issuers that were not sent.
    pub fetch_aia: Option<bool>,
    /// SSH and git: files of known hosts, instead of those of ssh's configuration.
    pub known_hosts: Option<Vec<PathBuf>>,
    /// SSH and git: files of known hosts that somebody of trust_signers has signed.
    pub trust_files: Option<Vec<PathBuf>>,
    /// SSH and git: who may sign them, a file as ssh-keygen's ALLOWED SIGNERS, or a public key.
    pub trust_signers: Option<PathBuf>,
    /// This computer: public sites whose certificates are met from here, HOST or HOST:PORT.
    pub sites: Option<Vec<String>>,
}

impl Look {
    /// The same, with what it does not say taken from `base`.
    pub fn over(&self, base: &Look) -> Look {
        macro_rules! first {
            ($($field:ident),*) => { Look { $($field: self.$field.clone().or_else(|| base.$field.clone())),* } };
        }
        first!(
            trust,
            resolver,
            dnssec_anchor,
            resolve,
            offline,
            timeout,
            connections,
            pages,
            depth,
            pages_time,
            rate,
            obey_robots,
            delegation,
            revocation,
            fetch_aia,
            known_hosts,
            trust_files,
            trust_signers,
            sites
        )
    }
}

/// When people are told. A channel may say otherwise for itself.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Alerts {
    /// Hours in which alerts wait: "22:00-07:00", or with days, "sat,sun 00:00-00:00".
    pub quiet: Vec<Hours>,
    /// The least severity that does not wait for the end of quiet hours; "never" where everything waits.
    pub urgent: Urgent,
    /// The time of the daily digest, "08:00"; none is sent without it.
    pub digest: Option<TimeOfDay>,
    /// The URL of the dashboard as people reach it, for links in messages. Without it that of `[web]`, where it is on.
    pub dashboard: Option<String>,
}

impl Default for Alerts {
    fn default() -> Self {
        Alerts { quiet: Vec::new(), urgent: Urgent::Critical, digest: None, dashboard: None }
    }
}

/// What does not wait for the end of quiet hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Urgent {
    /// Everything waits.
    Never,
    /// From this severity on, nothing waits.
    Info,
    /// The same.
    Low,
    /// The same.
    Medium,
    /// The same.
    High,
    /// The same.
    Critical,
}

impl Urgent {
    /// The least severity that does not wait; none where everything waits.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Urgent::Never => None,
            Urgent::Info => Some(Severity::Info),
            Urgent::Low => Some(Severity::Low),
            Urgent::Medium => Some(Severity::Medium),
            Urgent::High => Some(Severity::High),
            Urgent::Critical => Some(Severity::Critical),
        }
    }
}

/// The dashboard.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Web {
    /// Whether there is one.
    pub on: bool,
    /// Where it listens. Changing it needs a restart.
    pub listen: SocketAddr,
    /// The names by which browsers may ask for it, beside its address: other names are refused. The certificate is for
    /// them.
    pub names: Vec<String>,
    /// Addresses that may connect: ranges such as "10.0.0.0/8". Without any: loopback where it listens on loopback, else
    /// everybody. Behind a proxy it is the client's address that counts; without any, everybody who reaches the proxy.
    pub allow: Vec<Range>,
    /// Proxies in front that take TLS off, by their addresses: "127.0.0.1/32". They alone are believed in what they say of the
    /// client (X-Forwarded-For, X-Forwarded-Proto), and without TLS nobody else connects. Changing it needs a restart.
    pub behind: Vec<Range>,
    /// How long somebody stays logged in at most, from 5m to 90 days.
    pub session: Length<300, { 90 * DAY }>,
    /// After how long without a request somebody is logged out, from 1m to 90 days.
    pub idle: Length<MINUTE, { 90 * DAY }>,
    /// Whether a session holds only from the address that logged in.
    pub bind_to_address: bool,
    /// How connections are protected.
    pub tls: Tls,
    /// Passwords.
    pub password: Password,
    /// Login by another service (OpenID Connect).
    pub oidc: Option<Oidc>,
}

impl Default for Web {
    fn default() -> Self {
        Web {
            on: true,
            listen: SocketAddr::from(([127, 0, 0, 1], 8646)),
            names: Vec::new(),
            allow: Vec::new(),
            behind: Vec::new(),
            session: Length::of(12 * 3600),
            idle: Length::of(3600),
            bind_to_address: false,
            tls: Tls::default(),
            password: Password::default(),
            oidc: None,
        }
    }
}

/// How connections to the dashboard are protected. Changing it needs a restart; a certificate in files that change is read
/// again by itself.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Tls {
    /// Where the certificate comes from. Without it: none on loopback, else a private authority.
    pub mode: Option<TlsMode>,
    /// Mode files: the chain in PEM, the server's certificate first.
    pub certificate: Option<PathBuf>,
    /// Mode files: its private key in PEM.
    pub key: Option<PathBuf>,
    /// Mode acme: the URL of the authority's directory.
    pub directory: Option<String>,
    /// Mode acme: whom the authority may write to, "mailto:somebody@shop.example".
    pub contact: Vec<String>,
    /// Mode acme: that you accept the authority's terms of service.
    pub accept_terms: bool,
    /// Mode acme: how control of the names is shown.
    pub challenge: Challenge,
    /// Mode acme: where the challenge http-01 is answered.
    pub challenge_listen: Option<SocketAddr>,
    /// Mode acme: a PEM file of authorities: they, and nobody else, may vouch for the directory, as an authority of your own
    /// needs it. Without it the system's do.
    pub directory_trust: Option<PathBuf>,
}

/// Where a certificate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// No TLS. On loopback alone.
    Off,
    /// From files of your own.
    Files,
    /// From an authority that speaks ACME (RFC 8555).
    Acme,
    /// From a private authority that is made at the first start. Its fingerprint is printed as words.
    Private,
}

/// How control of a name is shown to an authority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Challenge {
    /// On the port of the dashboard (RFC 8737), which the authority reaches as 443.
    #[default]
    #[serde(rename = "tls-alpn-01")]
    TlsAlpn01,
    /// Over plain http (RFC 8555 8.3), which the authority reaches as port 80.
    #[serde(rename = "http-01")]
    Http01,
}

/// What is asked of passwords.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Password {
    /// The least number of characters, from 8 to 256 (NIST SP 800-63B).
    pub length: u16,
    /// Whether a second factor is asked for.
    pub second_factor: SecondFactor,
    /// Whether passwords are taken at all. Where another service or passkeys log people in, they need not be.
    pub on: bool,
}

impl Default for Password {
    fn default() -> Self {
        Password { length: 12, second_factor: SecondFactor::Optional, on: true }
    }
}

/// Whether a second factor is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecondFactor {
    /// Of those who have set one up.
    Optional,
    /// Of everybody.
    Required,
}

/// Login by another service (OpenID Connect).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct Oidc {
    /// The service's issuer, an https URL.
    pub issuer: String,
    /// What midwatch is called there.
    pub client_id: String,
    /// The secret that midwatch has there.
    pub client_secret: Option<Secret>,
    /// A PEM file of authorities: they, and nobody else, may vouch for the service. Without it the system's do.
    pub trust: Option<PathBuf>,
    /// What is asked for beside openid.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The claim that holds somebody's groups.
    #[serde(default = "groups")]
    pub groups_claim: String,
    /// Who may log in, and as what. Nobody else may.
    pub roles: Vec<OidcRole>,
}

fn groups() -> String {
    "groups".into()
}

/// Who may log in by another service, and as what.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct OidcRole {
    /// A group, as the service names it.
    pub group: Option<String>,
    /// One person: the subject (sub) or the verified e-mail address.
    pub account: Option<String>,
    /// Their role.
    pub role: Role,
}

/// What people may add to the targets of this file, and where such targets may lead.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Policy {
    /// Who may add targets: this role and those above it, or nobody.
    pub add_targets: Adders,
    /// Kinds that they may add. Never repositories and this computer, which are files of it.
    pub kinds: Vec<PeopleKind>,
    /// Targets that people may add in all, from 0 to 100000.
    pub most: u32,
    /// The least interval that they may choose, from 1m to a year.
    pub at_least_every: Length<MINUTE, YEAR>,
    /// Ranges of private networks that their targets may lead to all the same. Without any: the public internet alone.
    pub private: Vec<Range>,
    /// Whether their targets may lead to this computer itself.
    pub loopback: bool,
    /// Ranges that their targets never lead to. Put public addresses of your own here that trust this computer.
    pub forbid: Vec<Range>,
    /// Ports that their targets may lead to: "443" or "8000-8999". Without any: all.
    pub ports: Vec<Ports>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            add_targets: Adders::Operator,
            kinds: vec![
                PeopleKind::Site,
                PeopleKind::Tls,
                PeopleKind::Mail,
                PeopleKind::Ssh,
                PeopleKind::Git,
            ],
            most: 1000,
            at_least_every: Length::of(900),
            private: Vec::new(),
            loopback: false,
            forbid: Vec::new(),
            ports: Vec::new(),
        }
    }
}

/// Who may add targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Adders {
    /// Operators and admins.
    Operator,
    /// Admins.
    Admin,
    /// Nobody: targets stand in this file alone.
    Nobody,
}

/// Kinds of targets that people may add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PeopleKind {
    /// Web sites.
    Site,
    /// TLS services.
    Tls,
    /// Domains' mail: the servers that the records of a domain name, each within this policy.
    Mail,
    /// SSH servers.
    Ssh,
    /// Remotes of git.
    Git,
}

/// What is kept, and for how long. The last of each subject, open events and alerts that were not sent stay.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Retention {
    /// How long what was seen is kept, from a day to 100 years; for ever without it.
    pub age: Option<Length<DAY, { 100 * YEAR }>>,
    /// How many values of each subject are kept; all without it.
    pub count: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Retention { age: Some(Length::of(400 * DAY)), count: None }
    }
}

/// Figures for Prometheus.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Metrics {
    /// Whether there are any.
    pub on: bool,
    /// Where they are given, at /metrics, without TLS. Without it they are on the dashboard. Changing it needs a restart.
    pub listen: Option<SocketAddr>,
    /// What has to be sent as a bearer token (RFC 6750) to read them. Needed beyond loopback.
    pub token: Option<Secret>,
    /// Targets that have figures of their own; with more there are sums alone.
    pub targets: u32,
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics { on: false, listen: None, token: None, targets: 1000 }
    }
}
