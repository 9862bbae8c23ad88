//! The loop that looks at what is due, and keeps what was seen.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use midwatch_model::{State, TargetReport, Time};
use midwatch_store::watch::WatchTarget;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use crate::alert::Router;
use crate::config::Config;
use crate::progress::Progress;
use crate::remember::{Ended, remember};
use crate::schedule::Schedule;
use crate::targets;
use crate::watcher::{Command, Watcher};

/// How long a graceful stop waits for looks that are under way. What they would have seen is seen by the next daemon.
const GRACE: Duration = Duration::from_secs(10);

/// How often the loop wakes although nothing is due, to say that it lives.
const BEAT: Duration = Duration::from_secs(1);

/// The loop.
pub(crate) struct Engine {
    watcher: Watcher,
    commands: mpsc::Receiver<Command>,
    schedule: Schedule,
    targets: HashMap<String, Arc<WatchTarget>>,
    looks: JoinSet<()>,
    running: HashMap<Id, String>,
}

impl Engine {
    /// Runs until `stop` is ready. `beat` is called at least every other second as long as the loop turns.
    pub(crate) async fn run(mut self, stop: impl Future<Output = ()>, beat: impl Fn()) {
        tokio::pin!(stop);
        loop {
            beat();
            self.begin();
            let now = Instant::now();
            let wake = self.schedule.next_wake().map_or(now + BEAT, |wake| wake.min(now + BEAT));
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = self.looks.join_next_with_id() => self.ended(&ended),
                Some(command) = self.commands.recv() => self.obey(command).await,
                () = sleep_until(wake) => {}
            }
        }
        self.stop().await;
    }

    /// Begins every look that is due and that has a place.
    fn begin(&mut self) {
        while let Some(id) = self.schedule.take(Instant::now()) {
            let Some(target) = self.targets.get(&id).cloned() else {
                self.schedule.ended(&id, Instant::now());
                continue;
            };
            let look = look(self.watcher.clone(), target);
            let task = self.looks.spawn(look);
            self.running.insert(task.id(), id);
        }
    }

    fn ended(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => {
                tracing::error!(%error, "a look failed, which is a fault of midwatch to report");
                error.id()
            }
        };
        if let Some(target) = self.running.remove(&id) {
            self.schedule.ended(&target, Instant::now());
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::LookNow(id) => self.schedule.look_now(&id),
            Command::Targets => self.take_targets().await,
            Command::Reload(config) => {}
        }
    }
}
