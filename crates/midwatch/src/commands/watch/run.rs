//! The daemon as it runs: signals, the service manager, and the parts together.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use midwatch_dashboard::{Served, Setup as Face};
use midwatch_watch::config::Config;
use midwatch_watch::service::metrics::Metrics;
use midwatch_watch::service::notify::{Heart, Notifier};
use midwatch_watch::service::signals::{Ended, Signals, Wish};
use midwatch_watch::service::sockets::Passed;
use midwatch_watch::{Daemon, Setup};

use super::looker::Audits;
use super::parse::CommandLine;
use super::places::Places;
use crate::exit;

/// The longest that an end in good order takes.
const END: Duration = Duration::from_secs(30);

/// What it starts with.
pub struct Start {
    /// The configuration's file.
    pub path: PathBuf,
    /// The configuration.
    pub config: Config,
    /// Where things are kept.
    pub places: Places,
    /// Sockets that the service manager opened.
    pub passed: Vec<Passed>,
}

/// Runs until a signal, or a fault, ends it.
pub async fn run(start: Start) -> ExitCode {
    let notifier = match Notifier::from_environment() {
        Ok(notifier) => notifier,
        Err(error) => return exit::failed(&error.to_string()),
    };
    let mut signals = match Signals::heed() {
        Ok(signals) => signals,
        Err(error) => return exit::failed(&format!("signals cannot be heeded: {error}")),
    };
    let Start { path, config, places, passed } = start;
    let (heart, metrics) =
        (Heart::default(), Metrics::new(env!("CARGO_PKG_VERSION"), config.metrics.targets as usize));
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let looker = Arc::new(Audits::new(places.networks.clone()));
    let setup = Setup {
        config: config.clone(),
        place: places.store.clone(),
        looker: looker.clone(),
        metrics: metrics.clone(),
        heart: heart.clone(),
        host: host.clone(),
    };
    let mut daemon = match Daemon::start(setup).await {
        Ok(daemon) => daemon,
        Err(error) => return exit::failed(&error.to_string()),
    };
    let face = Face {
        config: &config,
        path: &path,
        state: &places.state,
        watcher: daemon.watcher(),
        metrics: &metrics,
        host: &host,
        passed,
    };
    let served = match Served::start(face).await {
        Ok(served) => served,
        Err(sentence) => {
            daemon.stop().await;
            return exit::failed(&sentence);
        }
    };
    let status = |config: &Config| format!("{} targets in {}", config.targets.len(), path.display());
    tracing::info!(store = %places.store, config = %path.display(), "keeps watch");
    notifier.ready(&status(&config));
    let silent = |parts: &[&'static str]| tracing::error!(?parts, "no sign of life");
    let watched = notifier.watch(&heart, silent);
    tokio::pin!(watched);
    let mut is_watched = true;
    let mut failed = None;
    loop {
        tokio::select! {
            wish = signals.next() => match wish {
                Wish::Stop => break,
                Wish::Look => daemon.watcher().look_at_all().await,
                Wish::Reload => {
                    notifier.reloading();
                    reload(&path, &daemon, &looker, &metrics).await;
                    notifier.ready(&status(&daemon.watcher().config()));
                }
            },
            why = daemon.ended() => {
                failed = Some(why);
                break;
            }
            () = &mut watched, if is_watched => is_watched = false,
        }
    }
    notifier.stopping(END);
    tracing::info!("ends");
    let end = async {
        served.stop().await;
        daemon.stop().await;
    };
    let ended = signals.end(END, end).await;
    match (failed, ended) {
        (Some(why), _) => exit::failed(why),
        (None, Ended::Whole) => ExitCode::SUCCESS,
        (None, Ended::Late) => {
            exit::failed(&format!("what was under way did not end within {} s", END.as_secs()))
        }
        (None, Ended::AtOnce) => exit::failed("ended at once, as was asked for"),
    }
}

/// Reads the configuration again. One with a fault is refused, and the earlier one stays.
async fn reload(path: &std::path::Path, daemon: &Daemon, looker: &Audits, metrics: &Metrics) {
    let config = match Config::read(path, &CommandLine) {
        Ok(config) => config,
        Err(error) => {
            metrics.reloaded(false);
            tracing::error!(%error, "the configuration has faults, and the earlier one stays");
            return;
        }
    };
    let diff = Config::diff(&daemon.watcher().config(), &config);
    looker.forget();
    daemon.reload(config).await;
    metrics.reloaded(true);
    tracing::info!(%diff, "the configuration was read again");
}
