//! midwatch.toml: what is watched, how often, and who is told.
//!
//! | module | what it is |
//! |---|---|
//! | [`sections`] | the tables |
//! | [`target`], [`channel`] | the lists of targets and channels |
//! | [`values`] | lengths of time, hours, ranges |
//! | [`policy`] | what people may add, and where that may lead |
//! | `reader` | from the text to values, with every fault and its place |
//! | `checks` | bounds, and what goes together |
//! | [`schema()`] | the JSON Schema, made from the same types |
//! | `uses` | the configuration as the schedule, the routing of alerts and the memory take it |
//! | `shown` | the file as it may be read by others |
//! | [`diff`] | what another version of the file changes |
//!
//! [`Config::parse`] does no I/O; [`Config::read`] reads the file, and sees to who else can.

pub mod channel;
mod checks;
pub mod diff;
mod fault;
pub mod policy;
mod reader;
mod schema;
pub mod sections;
mod shown;
pub mod target;
#[cfg(test)]
mod tests;
mod uses;
pub mod values;

use std::fs::File as DiskFile;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use schemars::JsonSchema;
use url::Url;

pub use channel::{ChannelEntry, ChannelFile};
pub use diff::Diff;
use fault::Faults;
pub use fault::{ConfigError, Fault};
use reader::Node;
pub use schema::schema;
pub use sections::{
    Adders, Alerts, Challenge, FirstLook, Look, Metrics, Oidc, OidcRole, Password, PeopleKind, Policy,
    Retention, SecondFactor, Tls, TlsMode, Urgent, Watch, Web,
};
pub use target::{Parse, TargetEntry, TargetFile, TargetKind, slug};

/// The commented example, which is a working file.
pub const EXAMPLE: &str = include_str!("example.toml");

/// The longest file, in bytes: some tens of thousands of targets.
const LONGEST: u64 = 16 << 20;

/// The tables of the file, for the schema.
#[derive(Clone, Debug, JsonSchema)]
pub struct File {
    /// How often targets are looked at, how many at once, and what is worth telling.
    #[serde(default)]
    pub watch: Watch,
    /// How targets are looked at.
    #[serde(default)]
    pub look: Look,
    /// What is looked at.
    #[serde(default)]
    pub target: Vec<TargetFile>,
    /// When people are told.
    #[serde(default)]
    pub alerts: Alerts,
    /// Who is told.
    #[serde(default)]
    pub channel: Vec<ChannelFile>,
    /// The dashboard.
    #[serde(default)]
    pub web: Web,
    /// What people may add to the targets of this file.
    #[serde(default)]
    pub policy: Policy,
    /// What is kept, and for how long.
    #[serde(default)]
    pub retention: Retention,
    /// Figures for Prometheus.
    #[serde(default)]
    pub metrics: Metrics,
}

/// A file of configuration that is sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// How often targets are looked at, how many at once, and what is worth telling.
    pub watch: Watch,
    /// How targets are looked at, where they say nothing else.
    pub look: Look,
    /// What is looked at.
    pub targets: Vec<TargetEntry>,
    /// When people are told.
    pub alerts: Alerts,
    /// Who is told.
    pub channels: Vec<ChannelEntry>,
    /// The dashboard.
    pub web: Web,
    /// What people may add.
    pub policy: Policy,
    /// What is kept.
    pub retention: Retention,
    /// Figures for Prometheus.
    pub metrics: Metrics,
    /// The keys under which a secret stands in the file itself.
    pub inline_secrets: Vec<String>,
}

impl Config {
    /// Reads a text, in which `path` is only named.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line and column.
    pub fn parse(text: &str, path: &Path, parse: &dyn Parse) -> Result<Config, ConfigError> {
        let mut faults = Faults::new(text);
        let mut root = reader::tree(text, &mut faults);
        reader::unknown(&mut root, schema(), schema(), "", &mut faults);
        let mut config = Config {
            watch: section(&root, "watch", &mut faults),
            look: section(&root, "look", &mut faults),
            alerts: section(&root, "alerts", &mut faults),
            web: section(&root, "web", &mut faults),
            policy: section(&root, "policy", &mut faults),
            retention: section(&root, "retention", &mut faults),
            metrics: section(&root, "metrics", &mut faults),
            ..Config::default()
        };
        target::look(&config.look, reader::child(&root, "look"), parse, &mut faults);
        let every = config.watch.every.seconds();
        config.targets = target::all(&root, parse, &config.look, every, &mut faults);
        config.channels = channel::all(&root, &mut faults);
        checks::all(&config, &root, &mut faults);
        if !faults.is_empty() {
            return Err(ConfigError { path: path.to_owned(), faults: faults.told(), file: None });
        }
        config.inline_secrets = inline_secrets(&root);
        Ok(config)
    }

    /// Reads a file. One that others can read must not hold secrets.
    ///
    /// # Errors
    /// As [`Config::parse`], and what is wrong with the file itself.
    pub fn read(path: &Path, parse: &dyn Parse) -> Result<Config, ConfigError> {
        let failed =
            |error: std::io::Error| ConfigError::of_file(path, format!("it cannot be read: {error}"));
        let file = DiskFile::open(path).map_err(failed)?;
        // Of the very file that is read.
        let mode = file.metadata().map_err(failed)?.mode();
        let mut bytes = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > LONGEST {
            return Err(ConfigError::of_file(path, format!("it is longer than {} MiB", LONGEST >> 20)));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            ConfigError::of_file(path, format!("it is no text in UTF-8: {}", error.utf8_error()))
        })?;
        let config = Config::parse(&text, path, parse)?;
        if mode & 0o077 != 0
            && let Some(first) = config.inline_secrets.first()
        {
            let what = format!(
                "others than its owner can read or change it (mode {:04o}), and {first} is a secret: 'chmod 600 {}', or put the \
                 secret into a file of its own: {{ file = \"…\" }}",
                mode & 0o7777,
                path.display()
            );
            return Err(ConfigError::of_file(path, what));
        }
        Ok(config)
    }

    /// Where the dashboard is, for links in messages: what `[alerts]` says, else what follows from `[web]`.
    pub fn dashboard(&self) -> Option<Url> {
        if let Some(text) = &self.alerts.dashboard {
            return Url::parse(text).ok();
        }
        self.web.on.then(|| self.web.url()).flatten()
    }
}

impl Web {
    /// How connections are protected: as written, else not at all on loopback, and by a private authority elsewhere.
    pub fn tls_mode(&self) -> TlsMode {
        self.tls.mode.unwrap_or(match self.listen.ip().to_canonical().is_loopback() {
            true => TlsMode::Off,
            false => TlsMode::Private,
        })
    }

    /// Its URL by its first name, else by the address where it listens; none where that is every address. Behind a proxy that
    /// of the proxy, on the usual port.
    pub fn url(&self) -> Option<Url> {
        if !self.behind.is_empty() {
            let name = self.names.first()?;
            let host = if name.contains(':') { format!("[{name}]") } else { name.clone() };
            return Url::parse(&format!("https://{host}/")).ok();
        }
        let scheme = if self.tls_mode() == TlsMode::Off { "http" } else { "https" };
        let place = match self.names.first() {
            Some(name) if name.contains(':') => format!("[{name}]:{}", self.listen.port()),
            Some(name) => format!("{name}:{}", self.listen.port()),
            None if self.listen.ip().is_unspecified() => return None,
            None => self.listen.to_string(),
        };
        Url::parse(&format!("{scheme}://{place}/")).ok()
    }
}

impl TlsMode {
    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            TlsMode::Off => "off",
            TlsMode::Files => "files",
            TlsMode::Acme => "acme",
            TlsMode::Private => "private",
        }
    }
}

/// A table with what stands in the file, else its defaults.
fn section<T: Default + serde::de::DeserializeOwned>(
    root: &Node<'_>,
    name: &str,
    faults: &mut Faults<'_>,
) -> T {
    let Some(node) = reader::child(root, name) else { return T::default() };
    reader::read(node, &format!("[{name}]"), faults).unwrap_or_default()
}

/// The keys whose schema is that of a secret, and whose value stands there as text. Of the store only a URL with a password
/// counts.
fn inline_secrets(root: &Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    reader::secrets(root, schema(), schema(), "", &mut found);
    if let Some(at) = found.iter().position(|key| key == "[watch] store") {
        let store = reader::child(root, "watch").and_then(|watch| reader::child(watch, "store"));
        let text = store.and_then(|store| store.get_ref().as_str()).unwrap_or_default();
        if !has_password(text) {
            found.remove(at);
        }
    }
    found
}

/// A URL of PostgreSQL with a password in it, before the host or behind the question mark. One that cannot be understood
/// might have one.
fn has_password(text: &str) -> bool {
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return false;
    }
    Url::parse(text)
        .map_or(true, |url| url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password"))
}
