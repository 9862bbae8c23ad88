//! What goes on, as server-sent events: `GET /events/stream`.
//!
//! Each message is a [`Progress`] as JSON. A stream ends after a while, so that a session that has ended is noticed: the
//! browser opens it again by itself.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::StatusCode;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use tokio::time::{Instant, sleep, timeout_at};

use crate::face::Face;
use crate::reader::{Reader, Scope};

/// How long a stream lasts.
const LASTS: Duration = Duration::from_secs(600);
/// How often something is sent while the other side hears nothing.
const ALIVE: Duration = Duration::from_secs(15);
/// What happens within this time is sent together, each target's last step alone.
const TICK: Duration = Duration::from_millis(250);
/// Messages of one tick, at most.
const MOST: usize = 64;

pub use midwatch_watch::progress::Progress;

/// What is to be heard.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    /// One target's looks alone.
    target: Option<String>,
}

struct Stream {
    heard: broadcast::Receiver<Progress>,
    target: Option<String>,
    pending: VecDeque<Progress>,
    ends: Instant,
    _place: OwnedSemaphorePermit,
}

/// The stream.
pub(crate) async fn stream(
    State(face): State<Face>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Response {
    if !reader.may(Scope::Read) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(place) = face.streams.clone().try_acquire_owned() else {
        let later = [(RETRY_AFTER, HeaderValue::from_static("60"))];
        return (StatusCode::SERVICE_UNAVAILABLE, later, "too many pages are open").into_response();
    };
    let state = Stream {
        heard: face.desk().subscribe(),
        target: wanted.target,
        pending: VecDeque::new(),
        ends: Instant::now() + LASTS,
        _place: place,
    };
    let stream = Sse::new(stream::unfold(state, next)).keep_alive(KeepAlive::new().interval(ALIVE));
    // nginx in front would hold events back until its buffer is full.
    ([(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))], stream).into_response()
}

async fn next(mut stream: Stream) -> Option<(Result<Event, Infallible>, Stream)> {
    loop {
        if let Some(progress) = stream.pending.pop_front() {
            let event = Event::default().json_data(&progress).unwrap_or_default();
            return Some((Ok(event), stream));
        }
        let first = timeout_at(stream.ends, stream.heard.recv()).await.ok()?;
        match first {
            Ok(progress) => stream.take(progress),
            Err(broadcast::error::RecvError::Lagged(_)) => stream.miss(),
            Err(broadcast::error::RecvError::Closed) => return None,
        }
        sleep(TICK).await;
        loop {
            match stream.heard.try_recv() {
                Ok(progress) => stream.take(progress),
                Err(broadcast::error::TryRecvError::Lagged(_)) => stream.miss(),
                Err(_) => break,
            }
        }
    }
}

impl Stream {
    /// Keeps it to be sent, in place of an earlier step of the same look.
    fn take(&mut self, progress: Progress) {
        if let (Some(wanted), Some(target)) = (&self.target, progress.target())
            && wanted != target
        {
            return;
        }
        if matches!(progress, Progress::Step { .. } | Progress::Ended { .. }) {
            let of = progress.target().map(ToOwned::to_owned);
            self.pending
                .retain(|other| !matches!(other, Progress::Step { .. }) || other.target() != of.as_deref());
        }
        if self.pending.len() >= MOST {
            self.miss();
        } else if self.pending.back() != Some(&progress) {
            self.pending.push_back(progress);
        }
    }

    /// Says once that something is left out.
    fn miss(&mut self) {
        self.pending.clear();
        self.pending.push_back(Progress::Missed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    fn step(target: &str, done: u64) -> Progress {
        Progress::Step { target: target.into(), what: "TLS".into(), done, of: Some(9) }
    }

    async fn empty(target: Option<&str>) -> (broadcast::Sender<Progress>, Stream) {
        let (sender, heard) = broadcast::channel(16);
        let place = Arc::new(Semaphore::new(1)).acquire_owned().await.expect("a place");
        let ends = Instant::now() + LASTS;
        (
            sender,
            Stream { heard, target: target.map(Into::into), pending: VecDeque::new(), ends, _place: place },
        )
    }

    #[tokio::test]
    async fn of_a_looks_steps_the_last_is_sent() {
        let (_sender, mut stream) = empty(None).await;
        for done in 0..1000 {
            stream.take(step("a", done));
            stream.take(step("b", done));
        }
        assert_eq!(stream.pending, [step("a", 999), step("b", 999)]);
    }

    #[tokio::test]
    async fn what_is_too_much_is_said_to_be_missed() {
        let (_sender, mut stream) = empty(None).await;
        for at in 0..200 {
            stream.take(step(&format!("t{at}"), 1));
        }
        assert!(stream.pending.len() <= MOST);
        assert!(stream.pending.contains(&Progress::Missed));
    }

    #[tokio::test]
    async fn one_targets_page_hears_of_others_nothing() {
        let (_sender, mut stream) = empty(Some("a")).await;
        stream.take(step("b", 1));
        stream.take(Progress::Targets);
        stream.take(step("a", 1));
        assert_eq!(stream.pending, [Progress::Targets, step("a", 1)]);
    }

    #[tokio::test]
    async fn a_stream_that_fell_behind_says_so_and_one_without_a_daemon_ends() {
        let (sender, stream) = empty(None).await;
        for done in 0..50 {
            sender.send(step("a", done)).expect("a listener");
        }
        drop(sender);
        let (_, stream) = next(stream).await.expect("a message");
        // Missed, and then the latest step that was still there.
        assert_eq!(stream.pending, [step("a", 49)]);
        let (_, stream) = next(stream).await.expect("a message");
        assert!(next(stream).await.is_none());
    }
}
