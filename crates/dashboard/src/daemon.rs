//! The daemon behind the face.

use midwatch_model::Time;
use midwatch_store::watch::{NewAlert, WatchTarget};
use midwatch_watch::alert::route;
use midwatch_watch::config::{Adders as Allowed, TargetKind};
use midwatch_watch::memory::MemoryError;
use midwatch_watch::service::metrics::Metrics;
use midwatch_watch::{AddError, NewTarget as Wanted, Watcher};
use tokio::sync::broadcast;

use crate::auth::books::{Books, Unkept};
use crate::desk::{Adders, Desk, DeskError, NewTarget, Settings, Wait};
use crate::events::Progress;
use crate::pages::alerts::Channel;
use crate::pages::settings::Section;

/// A running daemon.
pub struct Daemon {
    watcher: Watcher,
    books: Books,
    /// The file of the configuration, as pages name it.
    file: String,
    host: String,
    /// Figures, where they are given on the dashboard.
    metrics: Option<Metrics>,
}

impl Daemon {
    /// The daemon with this handle. `file` is its configuration's, `host` what this computer calls itself.
    pub fn new(watcher: Watcher, file: String, host: String, metrics: Option<Metrics>) -> Daemon {
        let books = books(&watcher);
        Daemon { watcher, books, file, host, metrics }
    }
}

/// The ledger of a running daemon, by a connection of its own: pages do not wait for looks to be kept.
pub fn books(watcher: &Watcher) -> Books {
    let memory = watcher.beside().clone();
    Books::new(move |job| {
        let memory = memory.clone();
        Box::pin(async move {
            let done = memory.run(move |ledger| {
                job(ledger);
                Ok(())
            });
            done.await.is_ok()
        })
    })
}

impl From<MemoryError> for DeskError {
    fn from(error: MemoryError) -> Self {
        match error {
            MemoryError::Store(error) => Unkept::Store(error).into(),
            MemoryError::Ended => Unkept::Ended.into(),
        }
    }
}

impl From<AddError> for DeskError {
    fn from(error: AddError) -> Self {
        match error {
            AddError::Target(_) | AddError::Refused(_) => DeskError::Refused(error.to_string()),
            AddError::Known { .. } => DeskError::Known(error.to_string()),
            AddError::Memory(error) => error.into(),
        }
    }
}

/// What can be added by its word.
fn kind(word: &str) -> Result<TargetKind, DeskError> {
    match word {
        "site" => Ok(TargetKind::Site),
        "tls" => Ok(TargetKind::Tls),
        "mail" => Ok(TargetKind::Mail),
        "ssh" => Ok(TargetKind::Ssh),
        "git" => Ok(TargetKind::Git),
        other => {
            Err(DeskError::Refused(format!("a target is a site, tls, mail, ssh or git, and not '{other}'")))
        }
    }
}

impl Desk for Daemon {
    fn books(&self) -> &Books {
        &self.books
    }

    fn subscribe(&self) -> broadcast::Receiver<Progress> {
        self.watcher.subscribe()
    }

    fn tell(&self, progress: Progress) {
        self.watcher.tell(progress);
    }

    fn look_now<'a>(&'a self, id: &'a str) -> Wait<'a, Result<(), DeskError>> {
        Box::pin(async move {
            self.watcher.look_now(id).await;
            Ok(())
        })
    }

    fn add(&self, new: NewTarget) -> Wait<'_, Result<WatchTarget, DeskError>> {
        Box::pin(async move {
            let NewTarget { kind: word, text, name, every, tags, by } = new;
            let wanted =
                Wanted { kind: kind(&word)?, text, sni: None, starttls: None, name, every, tags, by };
            Ok(self.watcher.add(wanted).await?)
        })
    }

    fn remove<'a>(&'a self, id: &'a str) -> Wait<'a, Result<bool, DeskError>> {
        Box::pin(async move { Ok(self.watcher.remove(id).await?) })
    }

    fn pause<'a>(&'a self, id: &'a str, paused: bool) -> Wait<'a, Result<bool, DeskError>> {
        Box::pin(async move { Ok(self.watcher.pause(id, paused).await?) })
    }

    fn test_channel<'a>(&'a self, name: &'a str) -> Wait<'a, Result<bool, DeskError>> {
        Box::pin(async move {
            if !self.watcher.config().channels.iter().any(|channel| channel.common.name == name) {
                return Ok(false);
            }
            let routed = route::test(name, "somebody on the dashboard", &self.host, Time::now());
            let alert =
                NewAlert { key: routed.key, channel: routed.channel, due: routed.due, alert: routed.alert };
            self.watcher.memory().run(move |ledger| ledger.queue(&[alert])).await?;
            Ok(true)
        })
    }

    fn settings(&self) -> Settings {
        let config = self.watcher.config();
        let section = |(name, values): (&str, Vec<(&str, String)>)| Section {
            name: name.to_owned(),
            values: values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        };
        let channel = |entry: &midwatch_watch::config::ChannelEntry| Channel {
            name: entry.common.name.clone(),
            kind: entry.kind.name().to_owned(),
        };
        Settings {
            sections: config.shown().into_iter().map(section).collect(),
            file: Some(self.file.clone()),
            channels: config.channels.iter().map(channel).collect(),
            adders: match config.policy.add_targets {
                Allowed::Operator => Adders::Operators,
                Allowed::Admin => Adders::Admins,
                Allowed::Nobody => Adders::Nobody,
            },
        }
    }

    fn metrics(&self) -> Wait<'_, Option<String>> {
        Box::pin(async move { self.metrics.as_ref().map(Metrics::encode) })
    }
}
