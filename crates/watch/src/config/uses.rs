//! The configuration as those take it that work with it: the schedule, the routing of alerts, the memory.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use midwatch_model::Time;

use super::channel::ChannelEntry;
use super::{Config, Web};
use crate::alert::route::Rule;
use crate::alert::secret::{SecretError, SecretText};
use crate::quiet::{Quiet, next_digest};
use crate::schedule::Limits;

impl Config {
    /// How much is done at the same time.
    pub fn limits(&self) -> Limits {
        Limits {
            at_once: self.watch.at_once.into(),
            per_host: self.watch.per_host.into(),
            jitter: self.watch.jitter,
            longest: self.watch.longest.get(),
        }
    }

    /// How the channels want to be told, at `now`, of a target with these tags.
    pub fn rules(&self, tags: &[String], now: Time) -> Vec<Rule> {
        let concerned = |channel: &&ChannelEntry| {
            let wanted = &channel.common.tags;
            channel.common.alerts && (wanted.is_empty() || wanted.iter().any(|tag| tags.contains(tag)))
        };
        self.channels.iter().filter(concerned).map(|channel| self.rule(channel, now)).collect()
    }

    /// The channels that get the digest. It comes at its time, whatever hours are quiet.
    pub fn digest_rules(&self, now: Time) -> Vec<Rule> {
        let all = self.channels.iter().filter(|channel| channel.common.digest);
        all.map(|channel| Rule { held_until: None, ..self.rule(channel, now) }).collect()
    }

    fn rule(&self, channel: &ChannelEntry, now: Time) -> Rule {
        let common = &channel.common;
        let hours = common.quiet.as_ref().unwrap_or(&self.alerts.quiet).clone();
        Rule {
            channel: common.name.clone(),
            threshold: common.threshold.unwrap_or(self.watch.threshold),
            held_until: Quiet::new(hours, self.watch.time_zone.0.clone()).until(now),
            wakes: common.urgent.unwrap_or(self.alerts.urgent).severity(),
        }
    }

    /// When the next digest is due; none where there is none.
    pub fn next_digest(&self, now: Time) -> Option<Time> {
        self.alerts.digest.and_then(|at| next_digest(now, at, &self.watch.time_zone.0))
    }

    /// The state directory: as written, else the first of systemd's `STATE_DIRECTORY`, else midwatch below
    /// `XDG_STATE_HOME` or `~/.local/state`. `variable` reads the environment.
    ///
    /// # Errors
    /// A sentence, where none of them is there.
    pub fn state(&self, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<PathBuf, String> {
        if let Some(written) = &self.watch.state {
            return Ok(written.clone());
        }
        if let Some(given) = variable("STATE_DIRECTORY")
            && let Some(first) = std::env::split_paths(&given).find(|path| path.is_absolute())
        {
            return Ok(first);
        }
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let user =
            absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
        user.map(|user| user.join("midwatch")).ok_or_else(|| {
            "there is no directory to keep anything in: write state = \"…\" into [watch] of midwatch.toml"
                .into()
        })
    }

    /// Where the memory is: a path, or a URL of PostgreSQL; the file watch.db in the state directory where nothing is
    /// written.
    ///
    /// # Errors
    /// Where it lies elsewhere and cannot be read.
    pub fn store(&self, state: &Path) -> Result<SecretText, SecretError> {
        match &self.watch.store {
            Some(store) => store.read(),
            None => Ok(state.join("watch.db").to_string_lossy().into_owned().into()),
        }
    }
}

impl Web {
    /// Whether somebody at this address may connect.
    pub fn may_connect(&self, ip: IpAddr) -> bool {
        match self.allow.as_slice() {
            [] => !self.listen.ip().to_canonical().is_loopback() || ip.to_canonical().is_loopback(),
            ranges => ranges.iter().any(|range| range.0.contains(ip)),
        }
    }
}
