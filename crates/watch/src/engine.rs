//! The loop that looks at what is due, and keeps what was seen.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use midwatch_model::{Severity, State, TargetReport, Time};
use midwatch_store::watch::WatchTarget;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use crate::config::Config;
use crate::memory::MemoryError;
use crate::progress::Progress;
use crate::remember::{Ended, Kept, remember};
use crate::schedule::{Entry, Schedule};
use crate::service::metrics::Metrics;
use crate::service::notify::Beat;
use crate::targets;
use crate::watcher::{Command, Watcher};

/// How often the loop wakes although nothing is due, to say that it lives.
const BEAT: Duration = Duration::from_secs(1);

/// All targets, and what the schedule has to know of them.
type Settled = Result<(Vec<WatchTarget>, Vec<Entry>), MemoryError>;

/// The loop.
pub(crate) struct Engine {
    watcher: Watcher,
    commands: mpsc::Receiver<Command>,
    metrics: Metrics,
    /// When the loop began: the schedule counts from there.
    began: Instant,
    schedule: Schedule,
    targets: HashMap<String, Arc<WatchTarget>>,
    looks: JoinSet<()>,
    running: HashMap<Id, String>,
    /// Targets are to be taken from the ledger anew, by this configuration.
    unsettled: Option<Arc<Config>>,
    /// They are being taken; one at most. The ledger may be away, and looks must not wait for it.
    settling: JoinSet<Settled>,
}

impl Engine {
    /// A loop over these targets.
    pub(crate) fn new(
        watcher: Watcher,
        commands: mpsc::Receiver<Command>,
        metrics: Metrics,
        all: Vec<WatchTarget>,
        entries: &[Entry],
    ) -> Engine {
        let limits = watcher.config().limits();
        let mut engine = Engine {
            watcher,
            commands,
            metrics,
            began: Instant::now(),
            schedule: Schedule::new(limits),
            targets: HashMap::new(),
            looks: JoinSet::new(),
            running: HashMap::new(),
            unsettled: None,
            settling: JoinSet::new(),
        };
        engine.take(all, entries);
        engine
    }

    /// Runs until `stop` is ready; looks that are under way then end within `grace`, or are given up: what they would
    /// have seen is seen by the next daemon.
    pub(crate) async fn run(mut self, stop: impl Future<Output = ()>, grace: Duration, beat: Beat) {
        tokio::pin!(stop);
        loop {
            beat.beat();
            self.settle();
            self.begin();
            self.tell();
            let now = Instant::now();
            let wake = self.schedule.next_wake(self.moment()).map(|wake| self.began + wake);
            let wake = wake.map_or(now + BEAT, |wake| wake.min(now + BEAT));
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = self.looks.join_next_with_id() => self.ended(ended),
                Some(settled) = self.settling.join_next() => self.settled(settled),
                Some(command) = self.commands.recv() => self.obey(command),
                () = sleep_until(wake) => {}
            }
        }
        beat.end();
        let rest = async { while self.looks.join_next().await.is_some() {} };
        if timeout(grace, rest).await.is_err() {
            tracing::warn!(looks = self.looks.len(), "looks that were under way are given up");
        }
    }

    fn moment(&self) -> Duration {
        self.began.elapsed()
    }

    /// Begins every look that is due and has a place.
    fn begin(&mut self) {
        while let Some(id) = self.schedule.take(self.moment()) {
            match self.targets.get(&id).cloned() {
                Some(target) => {
                    let look = look(self.watcher.clone(), self.metrics.clone(), target);
                    let task = self.looks.spawn(look);
                    self.running.insert(task.id(), id);
                }
                None => {
                    self.schedule.ended(&id, self.moment());
                }
            }
        }
    }

    /// How it stands, for the figures.
    fn tell(&self) {
        let (schedule, now) = (&self.schedule, self.moment());
        self.metrics.schedule(schedule.len(), schedule.due(now), schedule.running(), schedule.late());
    }

    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "a look failed, which is a fault of midwatch to report");
                error.id()
            }
        };
        if let Some(target) = self.running.remove(&id) {
            self.schedule.ended(&target, self.moment());
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::LookNow(id) => {
                self.schedule.look_now(&id);
            }
            Command::LookAtAll => {
                for target in self.targets.values().filter(|target| !target.paused) {
                    self.schedule.look_now(&target.id);
                }
            }
            Command::Targets => self.unsettled = Some(self.watcher.config()),
            Command::Reload(config) => {
                let config = Arc::new(*config);
                *self.watcher.config.write().unwrap_or_else(PoisonError::into_inner) = config.clone();
                self.schedule.set_limits(config.limits());
                self.unsettled = Some(config);
            }
        }
    }

    /// Begins to take the targets from the ledger anew, where somebody wants that and it is not being done.
    fn settle(&mut self) {
        if !self.settling.is_empty() {
            return;
        }
        let Some(config) = self.unsettled.take() else { return };
        let memory = self.watcher.memory.clone();
        self.settling.spawn(async move {
            let settled = memory.insist(move |ledger| {
                let all = targets::settle(ledger, &config)?;
                let entries = targets::entries(ledger, &all)?;
                Ok((all, entries))
            });
            settled.await
        });
    }

    fn settled(&mut self, settled: Result<Settled, JoinError>) {
        match settled {
            Ok(Ok((all, entries))) => {
                self.take(all, &entries);
                self.watcher.tell(Progress::Targets);
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "targets cannot be taken from the ledger: the old ones stay")
            }
            Err(error) => {
                tracing::error!(%error, "taking targets from the ledger failed, which is a fault of midwatch to report")
            }
        }
    }

    fn take(&mut self, all: Vec<WatchTarget>, entries: &[Entry]) {
        let kept: HashSet<&str> = all.iter().map(|target| target.id.as_str()).collect();
        for gone in self.targets.keys().filter(|id| !kept.contains(id.as_str())) {
            self.metrics.forget(gone);
        }
        self.schedule.replace_targets(entries, self.began.elapsed());
        self.targets = all.into_iter().map(|target| (target.id.clone(), Arc::new(target))).collect();
    }
}

/// One look, to where it is kept.
async fn look(watcher: Watcher, metrics: Metrics, target: Arc<WatchTarget>) {
    let started = Time::now();
    let began = Instant::now();
    watcher.tell(Progress::Started { target: target.id.clone(), at: started });
    let config = watcher.config();
    let report = report(&watcher, &target, &config).await;
    let (ended, took) = (Time::now(), began.elapsed());
    let (state, counts) = (report.state, counts(&report));
    let next = ended.checked_add(Duration::from_secs(target.every)).unwrap_or(ended);
    let look = Ended { target: (*target).clone(), started, ended: ended.max(started), report, next };
    let kept = watcher.memory.insist(move |ledger| remember(ledger, &look, &config)).await;
    // Only now: who reads that a target was looked at relies on it that this is remembered.
    metrics.looked(&target.id, &target.target, state, counts, took, ended);
    match kept {
        Ok(Kept { events, worst }) => {
            tracing::info!(
                target = target.id,
                ?state,
                seconds = took.as_secs_f32(),
                events = events.len(),
                "looked"
            );
            watcher.tell(Progress::Ended { target: target.id.clone(), at: ended, state, worst, events });
        }
        Err(MemoryError::Ended) => {}
        Err(error) => {
            metrics.store_error();
            tracing::error!(target = target.id, %error, "what a look saw cannot be kept");
        }
    }
}

/// What the look saw, within its time. A fault of midwatch's own in one look must not take the others with it.
async fn report(watcher: &Watcher, target: &Arc<WatchTarget>, config: &Arc<Config>) -> TargetReport {
    let longest = config.watch.longest.get();
    let nothing = |error: String| TargetReport {
        target: target.target.clone(),
        state: State::NotMeasured,
        error: Some(error),
        observations: Vec::new(),
        findings: Vec::new(),
        attacks: Vec::new(),
        path: Vec::new(),
    };
    let (looker, steps) = (watcher.looker.clone(), watcher.bus.steps(&target.id));
    let (what, by) = (target.clone(), config.clone());
    let mut looking = JoinSet::new();
    looking.spawn(async move { looker.look(&what, &by, &steps).await });
    match timeout(longest, looking.join_next()).await {
        Ok(Some(Ok(report))) => report,
        Ok(Some(Err(error))) => {
            tracing::error!(target = target.id, %error, "a look failed, which is a fault of midwatch to report");
            nothing(format!("midwatch failed here, which is a fault to report: {error}"))
        }
        Ok(None) => nothing("midwatch failed here, which is a fault to report".into()),
        Err(_) => nothing(format!("the look took longer than {} s, [watch] longest", longest.as_secs())),
    }
}

/// How many findings there are of each severity, info first.
fn counts(report: &TargetReport) -> [u32; 5] {
    Severity::ALL.map(|severity| {
        let of = report.findings.iter().filter(|finding| finding.severity == severity).count();
        u32::try_from(of).unwrap_or(u32::MAX)
    })
}
