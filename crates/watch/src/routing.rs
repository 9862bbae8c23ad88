//! Which channels are told of a target, by the configuration and the hour.

use midwatch_model::{Event, Severity, Time};
use midwatch_store::watch::{NewAlert, WatchTarget};

use crate::alert::route::{self, News, Routed, Rule};
use crate::config::{ChannelEntry, Config};
use crate::quiet::Quiet;

/// Who is told, and when.
#[derive(Clone, Debug)]
pub struct Routing {
    channels: Vec<Told>,
}

/// One channel.
#[derive(Clone, Debug)]
struct Told {
    name: String,
    threshold: Severity,
    quiet: Quiet,
    wakes: Option<Severity>,
    alerts: bool,
    digest: bool,
    tags: Vec<String>,
}

impl Routing {
    /// By the configuration.
    pub fn of(config: &Config) -> Routing {
        Routing { channels: config.channels.iter().map(|channel| told(channel, config)).collect() }
    }

    /// The alerts for what one look met that is new.
    pub fn changes(&self, target: &WatchTarget, started: Time, events: &[Event], now: Time) -> Vec<NewAlert> {
        let news = News { target: &target.id, name: &target.name, started, events, lines: &[] };
        route::route(news, &self.rules(&target.tags, now), now).into_iter().map(entry).collect()
    }

    /// The alerts for events of one target that were snoozed until now.
    pub fn woken(&self, target: &WatchTarget, events: &[Event], now: Time) -> Vec<NewAlert> {
        let rules = self.rules(&target.tags, now);
        route::woken(&target.name, events, &rules, now).into_iter().map(entry).collect()
    }

    /// The channels that want the digest.
    pub fn digest(&self) -> Vec<String> {
        self.channels.iter().filter(|channel| channel.digest).map(|channel| channel.name.clone()).collect()
    }

    /// How each channel that is told of a target with these tags wants to be told now.
    fn rules(&self, tags: &[String], now: Time) -> Vec<Rule> {
        let concerned = |channel: &&Told| {
            channel.alerts && (channel.tags.is_empty() || channel.tags.iter().any(|tag| tags.contains(tag)))
        };
        let rule = |channel: &Told| Rule {
            channel: channel.name.clone(),
            threshold: channel.threshold,
            held_until: channel.quiet.until(now),
            wakes: channel.wakes,
        };
        self.channels.iter().filter(concerned).map(rule).collect()
    }
}

fn told(channel: &ChannelEntry, config: &Config) -> Told {
    let common = &channel.common;
    let quiet = common.quiet.clone().unwrap_or_else(|| config.alerts.quiet.clone());
    Told {
        name: common.name.clone(),
        threshold: common.threshold.unwrap_or(config.watch.threshold),
        quiet: Quiet::new(quiet, config.watch.time_zone.0.clone()),
        wakes: common.urgent.unwrap_or(config.alerts.urgent).severity(),
        alerts: common.alerts,
        digest: common.digest,
        tags: common.tags.clone(),
    }
}

/// As the outbox takes it.
pub(crate) fn entry(routed: Routed) -> NewAlert {
    NewAlert { key: routed.key, channel: routed.channel, due: routed.due, alert: routed.alert }
}
