//! This computer and its network, looked at again and again, and what changes.

use std::future::pending;
use std::time::Duration;

use midwatch_model::{Fact, LinkWatch, News, Reason, Target, TargetReport};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::ear;
use crate::Options;
use crate::gather::Gather;

/// After a change of the network, the time in which others belong to the same one.
const SETTLES: Duration = Duration::from_millis(500);

/// However often the network changes, files are not read again before this time, and nobody is asked again before the
/// other: somebody on the link can make it change at will.
const LEAST: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// How often things are looked at that do not tell by themselves that they changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// The configuration of this computer: files.
    pub read: Duration,
    /// Resolver, echoes and sites, over the network.
    pub ask: Duration,
}

type Facts = Vec<(String, Fact)>;

/// Facts that are being gathered.
struct Task {
    running: Option<JoinHandle<Facts>>,
    begun: Instant,
    due: Instant,
}

impl Task {
    fn now() -> Task {
        let now = Instant::now();
        Task { running: None, begun: now, due: now }
    }

    fn begin(&mut self, every: Duration, task: impl Future<Output = Facts> + Send + 'static) {
        self.running = Some(tokio::spawn(task));
        self.begun = Instant::now();
        self.due = self.begun + every;
    }

    /// Until when it waits; none while it runs.
    fn waits(&self) -> Option<Instant> {
        self.running.is_none().then_some(self.due)
    }

    /// Runs again soon, but not before `least` after the last time.
    fn hasten(&mut self, least: Duration) {
        self.due = self.due.min(Instant::now().max(self.begun + least));
    }

    /// What it found; never, where it does not run.
    async fn end(&mut self) -> Facts {
        let Some(running) = &mut self.running else { return pending().await };
        // It only fails where midwatch breaks, and then there is nothing to tell of it.
        let facts = running.await.unwrap_or_default();
        self.running = None;
        facts
    }
}

/// Watches until it is dropped. `options` gives the network for each look anew, since each has its own deadline; `tell`
/// takes what changed, first how things are.
///
/// # Errors
/// Why changes cannot be followed.
pub async fn follow(
    target: &Target,
    options: impl Fn() -> Options,
    rhythm: Rhythm,
    mut tell: impl FnMut(News),
) -> Result<(), Reason> {
    let memory = options().here.memory;
    let mut news = ear::News::open()?;
    let (mut reading, mut asking) = (Task::now(), Task::now());
    let (mut local, mut asked): (Option<Facts>, Option<Facts>) = (None, None);
    let (mut last, mut is_read): (Option<TargetReport>, bool) = (None, false);
    loop {
        let (read, ask, now) = (reading.waits(), asking.waits(), Instant::now());
        tokio::select! {
            facts = reading.end() => {
                local = Some(facts);
                is_read = true;
            }
            facts = asking.end() => asked = Some(facts),
            heard = news.links.changed() => {
                if heard.is_err() {
                    return Ok(());
                }
            }
            Some(()) = news.network.recv() => {
                sleep(SETTLES).await;
                while news.network.try_recv().is_ok() {}
                reading.hasten(LEAST.0);
                asking.hasten(LEAST.1);
                continue;
            }
            () = sleep_until(read.unwrap_or(now)), if read.is_some() => {
                let options = options();
                reading.begin(rhythm.read, async move { super::local(&options).await });
                continue;
            }
            // The router that is asked is known from the kernel.
            () = sleep_until(ask.unwrap_or(now)), if ask.is_some() && local.is_some() => {
                let options = options();
                let router = local.as_deref().and_then(super::router_of);
                asking.begin(rhythm.ask, async move { super::slow(&options.net, &options, router).await });
                continue;
            }
        }
        // Nothing is told before everything was looked at once, so that what is known late is not taken for new.
        let (Some(local), Some(asked)) = (&local, &asked) else { continue };
        let heard = news.links.borrow_and_update().clone();
        let report = judge(target, local, asked, heard);
        // What was read anew is kept; what was heard or asked since adds nothing to it.
        if is_read {
            memory.keep_network(&report);
            is_read = false;
        }
        match &last {
            None => tell(News::Began { report: Box::new(report.clone()) }),
            Some(before) => midwatch_judge::news(before, &report).into_iter().for_each(&mut tell),
        }
        last = Some(report);
    }
}

fn judge(target: &Target, local: &Facts, asked: &Facts, heard: Option<LinkWatch>) -> TargetReport {
    let mut gather = Gather::default();
    for (subject, fact) in local.iter().chain(asked).cloned().chain(heard.map(super::link)) {
        gather.add(subject, fact);
    }
    gather.judge(target, crate::now())
}
