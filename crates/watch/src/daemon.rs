//! Everything that runs together.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use midwatch_store::watch::Place;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::alert::pump::{Pump, Settings};
use crate::alert::{Around, Channel};
use crate::config::Config;
use crate::engine::Engine;
use crate::keeper::{self, Keeper, KeeperError};
use crate::looker::Looker;
use crate::memory::{Memory, MemoryError};
use crate::outbox::LedgerOutbox;
use crate::progress::Bus;
use crate::service::metrics::Metrics;
use crate::service::notify::Heart;
use crate::watcher::Watcher;
use crate::{targets, upkeep};

/// Commands that may wait.
const COMMANDS: usize = 64;

/// How long a stop waits for looks, and for messages, that are under way.
pub const GRACE: Duration = Duration::from_secs(10);

/// What a daemon is made of.
pub struct Setup {
    /// What it does.
    pub config: Config,
    /// Where it remembers.
    pub place: Place,
    /// Who looks.
    pub looker: Arc<dyn Looker>,
    /// Where it counts.
    pub metrics: Metrics,
    /// Where it says that it lives.
    pub heart: Heart,
    /// What this computer calls itself.
    pub host: String,
}

/// Why a daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another one is there, or that cannot be told.
    #[error(transparent)]
    Keeper(#[from] KeeperError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// A running daemon.
pub struct Daemon {
    watcher: Watcher,
    keeper: Arc<Keeper>,
    pump: Pump,
    host: String,
    stop: oneshot::Sender<()>,
    engine: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    lease: JoinHandle<()>,
}

impl Daemon {
    /// Starts it.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(setup: Setup) -> Result<Daemon, StartError> {
        let Setup { config, place, looker, metrics, heart, host } = setup;
        let lock = keeper::lock(&place)?;
        let memory = Memory::open(place.clone()).await?;
        let keeper = Arc::new(keeper::claim(&memory, &place, lock).await?);
        let beside = Memory::open(place.clone()).await?;
        // What was being sent when the last daemon ended may have arrived, or not: it is sent again under its old key.
        let again = memory.run(|ledger| ledger.release()).await?;
        if again > 0 {
            tracing::info!(alerts = again, "alerts that were being sent when midwatch ended are sent again");
        }
        let config = Arc::new(config);
        let by = config.clone();
        let (all, entries) = memory
            .run(move |ledger| {
                let all = targets::settle(ledger, &by)?;
                let entries = targets::entries(ledger, &all)?;
                Ok((all, entries))
            })
            .await?;
        let (commands, received) = mpsc::channel(COMMANDS);
        let watcher = Watcher {
            memory: memory.clone(),
            beside,
            bus: Bus::default(),
            config: Arc::new(RwLock::new(config.clone())),
            commands,
            looker,
        };
        let outbox = LedgerOutbox { memory: memory.clone(), metrics: metrics.clone() };
        let around = Arc::new(around(&config, &host));
        let pump = Pump::start(Arc::new(outbox), channels(&config), around, Settings::default());
        let engine = Engine::new(watcher.clone(), received, metrics.clone(), all, &entries);
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        let engine = tokio::spawn(engine.run(stopped, GRACE, heart.part("engine")));
        let upkeep = tokio::spawn(upkeep::run(watcher.clone(), metrics, heart.part("upkeep")));
        let lease = {
            let (keeper, memory) = (keeper.clone(), memory.clone());
            tokio::spawn(async move { keeper.keep(&memory).await })
        };
        Ok(Daemon { watcher, keeper, pump, host, stop, engine, upkeep, lease })
    }

    /// A handle on it.
    pub fn watcher(&self) -> &Watcher {
        &self.watcher
    }

    /// Goes on by another configuration. What is under way ends as it began.
    pub async fn reload(&self, config: Config) {
        self.pump.replace(channels(&config), Arc::new(around(&config, &self.host))).await;
        self.watcher.reload(config).await;
    }

    /// Ends where it cannot go on: another daemon has its ledger, or a part of it broke.
    pub async fn ended(&mut self) -> &'static str {
        tokio::select! {
            _ = &mut self.lease => "another midwatch has taken the ledger over",
            _ = &mut self.engine => "the loop that looks at targets has ended, which is a fault of midwatch to report",
            _ = &mut self.upkeep => "the upkeep has ended, which is a fault of midwatch to report",
        }
    }

    /// Ends in good order: looks and messages that are under way have [`GRACE`] to end.
    pub async fn stop(self) {
        self.upkeep.abort();
        self.lease.abort();
        let _ = self.stop.send(());
        if !self.engine.is_finished() {
            let _ = self.engine.await;
        }
        self.pump.stop(GRACE).await;
        self.keeper.release(self.watcher.memory()).await;
    }
}

/// The channels that can be used. [`Config`] has seen to it that all can.
fn channels(config: &Config) -> Vec<Channel> {
    let channel = |entry: &crate::config::ChannelEntry| match Channel::new(&entry.common.name, &entry.kind) {
        Ok(channel) => Some(channel),
        Err(error) => {
            tracing::error!(channel = entry.common.name, %error, "a channel cannot be used");
            None
        }
    };
    config.channels.iter().filter_map(channel).collect()
}

fn around(config: &Config, host: &str) -> Around {
    Around { dashboard: config.dashboard(), zone: config.watch.time_zone.0.clone(), ..Around::new(host) }
}
