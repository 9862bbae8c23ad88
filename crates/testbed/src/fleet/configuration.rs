//! The configuration of a midwatch that watches a fleet.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Fleet, id_of, name_of};

/// A secret for signatures: anybody may know it here.
const SECRET: &str = "whsec_bWlkd2F0Y2gncyB0ZXN0cyBhcmUgb3Blbg==";

/// What differs between tests.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How often each host is looked at, as the configuration writes it: `1m` is the shortest.
    pub every: String,
    /// Hosts that are looked at at the same time.
    pub at_once: u16,
    /// Where figures are given.
    pub metrics: SocketAddr,
    /// Where the dashboard listens, without TLS; none for no dashboard.
    pub web: Option<SocketAddr>,
    /// Where webhooks go to; none for no channel.
    pub webhook: Option<String>,
}

impl Fleet {
    /// The text of midwatch.toml: every host is a target of the kind `tls`, with its name without the domain as its id. What
    /// is kept lies in `directory`/state; the authority's certificate is expected as `directory`/authority.pem.
    pub fn configuration(&self, directory: &Path, settings: &Settings) -> String {
        let state = directory.join("state");
        let mut text = format!(
            "[watch]\nstate = {state:?}\nstore = {:?}\nevery = {:?}\nat_once = {}\nthreshold = \"info\"\n\n\
             [web]\non = {}\n{}\n\
             [metrics]\non = true\nlisten = \"{}\"\ntargets = {}\n\n\
             [look]\nresolver = \"{}\"\ntrust = [{:?}]\ntimeout = \"2s\"\nrevocation = false\nfetch_aia = false\n",
            state.join("watch.db"),
            settings.every,
            settings.at_once,
            settings.web.is_some(),
            settings
                .web
                .map(|web| format!("listen = \"{web}\"\ntls = {{ mode = \"off\" }}\n"))
                .unwrap_or_default(),
            settings.metrics,
            self.hosts(),
            self.dns(),
            directory.join("authority.pem"),
        );
        if let Some(url) = &settings.webhook {
            text.push_str(&format!(
                "\n[[channel]]\nkind = \"webhook\"\nname = \"hook\"\nurl = {url:?}\nsecret = {SECRET:?}\nquiet = []\n"
            ));
        }
        for host in 1..=self.hosts() {
            text.push_str(&format!(
                "\n[[target]]\nkind = \"tls\"\nat = \"{}:{}\"\nid = \"{}\"\n",
                name_of(host),
                self.https(),
                id_of(host)
            ));
        }
        text
    }

    /// The same as a file that only its owner may read, with the authority's certificate beside it.
    ///
    /// # Panics
    /// When there is no room for the files.
    pub fn write_configuration(&self, directory: &Path, settings: &Settings) -> PathBuf {
        std::fs::write(directory.join("authority.pem"), self.authority()).expect("room for a file");
        let file = directory.join("midwatch.toml");
        std::fs::write(&file, self.configuration(directory, settings)).expect("room for a file");
        let owner_alone = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, owner_alone).expect("permissions of a file made here");
        file
    }
}
