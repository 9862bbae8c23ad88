//! Channels against real receivers, and hostile ones.

mod http;
mod journald;
mod mail;
mod pump;
#[path = "../../src/alert/testing.rs"]
#[expect(dead_code, reason = "shared with the unit tests")]
mod sample;
mod syslog;

use std::path::{Path, PathBuf};
use std::time::Duration;

use midwatch_model::Alert;
use midwatch_watch::alert::{Around, Channel, ChannelKind, Failure, Message};

/// The directory where cargo builds: what tests install lies below it.
fn target() -> PathBuf {
    let here = Path::new(env!("CARGO_TARGET_TMPDIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Where the tests run, with a dashboard, and the patience of a second.
fn around() -> Around {
    Around {
        dashboard: Some("https://midwatch.shop.example/".parse().expect("a URL")),
        patience: Duration::from_secs(1),
        ..Around::new("watch.shop.example")
    }
}

/// The same with the patience that real receivers on a busy machine need.
fn patient() -> Around {
    Around { patience: Duration::from_secs(30), ..around() }
}

/// One attempt on a channel with these settings.
async fn send(settings: &str, key: &str, alert: &Alert, around: &Around) -> Result<(), Failure> {
    let kind: ChannelKind = toml::from_str(settings).expect("settings of a channel");
    let channel = Channel::new("tried", &kind).expect("a channel");
    let now = midwatch_model::Time::now();
    channel.send(&Message { key, now, alert }, around).await
}
