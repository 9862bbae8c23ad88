//! A telephone call: a line between two, on which keys and codes are read aloud. What is said is text, as people say it.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long anybody holds the line.
const PATIENCE: Duration = Duration::from_secs(20);

/// Things said that wait to be heard.
const ROOM: usize = 8;

/// Something said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It is me. Read me yours.
    Call,
    /// The fingerprint of a key, or its words.
    Aloud(String),
    /// The code for an exchange.
    Code(String),
    /// That is what I have here. Or: I have written it down.
    Same,
    /// That is not what I have here.
    Different,
}

/// One end of a line.
pub(crate) struct Phone {
    mouth: mpsc::Sender<Said>,
    ear: mpsc::Receiver<Said>,
}

/// A line, with its two ends.
pub(crate) fn line() -> (Phone, Phone) {
    let (to_b, at_b) = mpsc::channel(ROOM);
    let (to_a, at_a) = mpsc::channel(ROOM);
    (Phone { mouth: to_b, ear: at_a }, Phone { mouth: to_a, ear: at_b })
}

impl Phone {
    /// Says something. Where the other has hung up nobody hears it.
    pub(crate) async fn say(&self, said: Said) {
        let _ = self.mouth.send(said).await;
    }

    /// Hears what is said next; none where the other has hung up.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] after 20 seconds of silence.
    pub(crate) async fn hear(&mut self) -> io::Result<Option<Said>> {
        timeout(PATIENCE, self.ear.recv()).await.map_err(|_| io::ErrorKind::TimedOut.into())
    }
}
