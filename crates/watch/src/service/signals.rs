//! Signals: SIGTERM and SIGINT stop it in good order, the second of them at once, SIGHUP has the configuration read
//! again, and SIGUSR1 has every target looked at.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// An end in good order.
    Stop,
    /// The configuration, read again.
    Reload,
    /// A look at every target, as soon as there is a place.
    Look,
}

/// What came of an end in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything under way was brought to its end.
    Whole,
    /// It took longer than it may.
    Late,
    /// Somebody asked a second time.
    AtOnce,
}

/// The signals that are heeded, from when this was made. Before, they do what they do to any program.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    user: Signal,
}

impl Signals {
    /// Begins to heed them. Within a runtime only.
    ///
    /// # Errors
    /// Where the system does not let a process heed signals.
    pub fn heed() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            user: signal(SignalKind::user_defined1())?,
        })
    }

    /// Waits for the next wish. Nothing is lost where the future is dropped. Several signals of a kind at once are one.
    pub async fn next(&mut self) -> Wish {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Wish::Stop,
            _ = self.interrupt.recv() => Wish::Stop,
            _ = self.hangup.recv() => Wish::Reload,
            _ = self.user.recv() => Wish::Look,
        }
    }

    /// After the first wish to stop: lets `work` come to its end, for so long at most, or until somebody asks again.
    /// A SIGHUP meanwhile changes nothing.
    pub async fn end(&mut self, at_most: Duration, work: impl Future<Output = ()>) -> Ended {
        let again = async { while self.next().await != Wish::Stop {} };
        tokio::select! {
            biased;
            () = work => Ended::Whole,
            () = again => Ended::AtOnce,
            () = tokio::time::sleep(at_most) => Ended::Late,
        }
    }
}
