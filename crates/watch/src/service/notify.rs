//! Tells the service manager how it goes, by the protocol of sd_notify(3): datagrams of `NAME=value` lines to the
//! socket that `NOTIFY_SOCKET` names. Where there is no such socket, nothing is sent and nothing fails.
//!
//! The watchdog is tied to work that is done: `WATCHDOG=1` goes out only where every part of the daemon that has a
//! [`Beat`] has given a sign of life since the last time. A daemon that hangs is so started anew, even where the thread
//! that speaks with the service manager does not hang.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A datagram waits at most so long for room in the service manager's queue.
const SEND_TIME: Duration = Duration::from_secs(2);

/// A status line is cut here, in bytes: it is for the one line of `systemctl status`.
const MAX_STATUS: usize = 256;

/// The way to the service manager.
#[derive(Debug)]
pub struct Notifier {
    /// The socket, and where it sends to; none where nobody listens.
    to: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// As the environment of this process says: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    ///
    /// # Errors
    /// A sentence, where `NOTIFY_SOCKET` is set and cannot be used.
    pub fn from_environment() -> Result<Notifier, NotifyError> {
        Notifier::from(|name| std::env::var_os(name))
    }

    /// The same, from variables that a function gives.
    ///
    /// # Errors
    /// As [`Notifier::from_environment`].
    pub fn from(variable: impl Fn(&str) -> Option<OsString>) -> Result<Notifier, NotifyError> {
        let to = match variable("NOTIFY_SOCKET") {
            Some(name) if !name.is_empty() => Some(socket_to(name)?),
            _ => None,
        };
        let number = |name: &str| variable(name)?.to_str()?.parse::<u64>().ok();
        // WATCHDOG_PID names whom it is meant for: a child inherits both variables and is not meant.
        let is_ours = variable("WATCHDOG_PID").is_none()
            || number("WATCHDOG_PID") == Some(u64::from(std::process::id()));
        let watchdog =
            number("WATCHDOG_USEC").filter(|micros| *micros > 0 && is_ours).map(Duration::from_micros);
        Ok(Notifier { to, watchdog })
    }

    /// True where a service manager listens.
    pub fn is_heard(&self) -> bool {
        self.to.is_some()
    }

    /// How often the service manager wants to hear `WATCHDOG=1` at least, where it watches.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Everything is up: units that come after this one are started.
    pub fn ready(&self, status: &str) {
        self.send(&format!("READY=1\n{}", status_line(status)));
    }

    /// The configuration is being read again; [`Notifier::ready`] says that it is done. The time lets a
    /// `Type=notify-reload` unit tell this answer from an earlier one.
    pub fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let micros = now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1_000);
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={micros}\nSTATUS=Reads its configuration again\n"));
    }

    /// It ends, and may need so long for it.
    pub fn stopping(&self, at_most: Duration) {
        let micros = at_most.as_micros();
        self.send(&format!("STOPPING=1\nEXTEND_TIMEOUT_USEC={micros}\nSTATUS=Ends what is under way\n"));
    }

    /// One line for `systemctl status`.
    pub fn status(&self, status: &str) {
        self.send(&status_line(status));
    }

    /// A sign of life.
    fn alive(&self) {
        self.send("WATCHDOG=1\n");
    }

    /// Gives signs of life for as long as the future is polled, at half of what the service manager asks for, and only
    /// where nothing in `heart` is silent. `silent` is told what is, each time. Ends at once where nobody watches.
    pub async fn watch(&self, heart: &Heart, silent: impl Fn(&[&'static str])) {
        let (Some(watchdog), true) = (self.watchdog, self.is_heard()) else { return };
        let mut ticks = tokio::time::interval(watchdog / 2);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // The first comes at once, before anything can have given a sign.
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let quiet = heart.silent();
            if quiet.is_empty() {
                self.alive();
            } else {
                silent(&quiet);
            }
        }
    }

    /// A service manager that does not take it is no reason to stop.
    fn send(&self, lines: &str) {
        if let Some((socket, address)) = &self.to
            && let Err(error) = socket.send_to_addr(lines.as_bytes(), address)
        {
            tracing::debug!(%error, "the service manager did not take a message");
        }
    }
}

/// A socket for an address as `NOTIFY_SOCKET` gives it: a path, or `@` and an abstract name.
fn socket_to(name: OsString) -> Result<(UnixDatagram, SocketAddr), NotifyError> {
    let address = match name.as_bytes() {
        [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest),
        [b'/', ..] => SocketAddr::from_pathname(&name),
        _ => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "neither a path nor a name that begins with '@'"))
        }
    };
    address
        .and_then(|address| {
            let socket = UnixDatagram::unbound()?;
            socket.set_write_timeout(Some(SEND_TIME))?;
            Ok((socket, address))
        })
        .map_err(|error| NotifyError { name: midwatch_model::lossless(name.as_bytes()), error })
}

/// `STATUS=` in one line, however long or strange the text is.
fn status_line(status: &str) -> String {
    let mut text = String::new();
    for c in status.chars().map(|c| if midwatch_model::is_hidden(c) { ' ' } else { c }) {
        if text.len() + c.len_utf8() > MAX_STATUS {
            break;
        }
        text.push(c);
    }
    format!("STATUS={text}\n")
}

/// Why the service manager cannot be told anything.
#[derive(Debug, thiserror::Error)]
#[error(
    "NOTIFY_SOCKET is '{name}', which cannot be sent to ({error}). The service manager sets it; unset it where midwatch is \
     started by hand"
)]
pub struct NotifyError {
    name: String,
    #[source]
    error: io::Error,
}

/// What has to give signs of life.
#[derive(Clone, Debug, Default)]
pub struct Heart {
    parts: Arc<Mutex<Vec<Part>>>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    beaten: Arc<AtomicBool>,
}

impl Heart {
    /// One more part that has to give signs, from now on. A part that panics is silent ever after; one that ends in
    /// good order says so with [`Beat::end`].
    pub fn part(&self, name: &'static str) -> Beat {
        let beaten = Arc::new(AtomicBool::new(true));
        self.lock().push(Part { name, beaten: beaten.clone() });
        Beat { heart: self.clone(), beaten }
    }

    /// Who gave no sign since the last time that this was asked.
    fn silent(&self) -> Vec<&'static str> {
        let parts = self.lock();
        parts.iter().filter(|part| !part.beaten.swap(false, Ordering::AcqRel)).map(|part| part.name).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Part>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The signs of one part.
#[derive(Debug)]
pub struct Beat {
    heart: Heart,
    beaten: Arc<AtomicBool>,
}

impl Beat {
    /// A sign of life. Costs one store.
    pub fn beat(&self) {
        self.beaten.store(true, Ordering::Release);
    }

    /// This part has ended in good order, and is not waited for any more.
    pub fn end(self) {
        self.heart.lock().retain(|part| !Arc::ptr_eq(&part.beaten, &self.beaten));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service manager: the variables that it would set, and its socket.
    fn manager(name: &std::ffi::OsStr, watchdog: Option<&str>) -> Notifier {
        let id = std::process::id().to_string();
        Notifier::from(|variable| match variable {
            "NOTIFY_SOCKET" => Some(name.to_owned()),
            "WATCHDOG_USEC" => watchdog.map(OsString::from),
            "WATCHDOG_PID" => Some(OsString::from(&id)),
            _ => None,
        })
        .expect("a socket that can be sent to")
    }

    fn next(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 4096];
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let length = socket.recv(&mut buffer).expect("a message");
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn every_state_is_told_as_sd_notify_writes_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let notifier = manager(path.as_os_str(), None);
        assert!(notifier.is_heard());
        assert_eq!(notifier.watchdog(), None);
        notifier.ready("Watches 12 targets");
        assert_eq!(next(&socket), "READY=1\nSTATUS=Watches 12 targets\n");
        notifier.status("two\nlines\u{202e}");
        assert_eq!(next(&socket), "STATUS=two lines \n");
        notifier.status(&"é".repeat(1000));
        assert_eq!(next(&socket), format!("STATUS={}\n", "é".repeat(128)));
        let before = clock_gettime(ClockId::Monotonic).tv_sec;
        notifier.reloading();
        let said = next(&socket);
        let micros = said.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("the time follows");
        let micros: i64 = micros.split('\n').next().unwrap().parse().unwrap();
        assert!((0..=60).contains(&(micros / 1_000_000 - before)), "{micros} is not of the monotonic clock");
        notifier.stopping(Duration::from_secs(20));
        assert!(next(&socket).starts_with("STOPPING=1\nEXTEND_TIMEOUT_USEC=20000000\n"));
    }

    #[test]
    fn an_abstract_name_is_a_socket_too() {
        let name = format!("midwatch-notify-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        manager(format!("@{name}").as_ref(), None).ready("");
        assert_eq!(next(&socket), "READY=1\nSTATUS=\n");
    }

    #[test]
    fn without_a_service_manager_nothing_is_said_and_nothing_fails() {
        let notifier = Notifier::from(|_| None).unwrap();
        assert!(!notifier.is_heard());
        notifier.ready("nobody hears it");
        let gone = manager("/nonexistent/notify".as_ref(), None);
        gone.ready("nobody hears it");
        let error = Notifier::from(|name| (name == "NOTIFY_SOCKET").then(|| "elsewhere".into())).unwrap_err();
        assert!(error.to_string().starts_with("NOTIFY_SOCKET is 'elsewhere', which cannot be sent to"));
    }

    #[test]
    fn a_watchdog_for_another_process_is_not_ours() {
        let of = |id: &str, micros: &str| {
            let (id, micros) = (OsString::from(id), OsString::from(micros));
            let notifier = Notifier::from(|name| match name {
                "WATCHDOG_USEC" => Some(micros.clone()),
                "WATCHDOG_PID" => Some(id.clone()),
                _ => None,
            });
            notifier.unwrap().watchdog()
        };
        let ours = std::process::id().to_string();
        assert_eq!(of(&ours, "3000000"), Some(Duration::from_secs(3)));
        assert_eq!(of("1", "3000000"), None);
        assert_eq!(of(&ours, "0"), None);
        assert_eq!(of(&ours, "soon"), None);
    }

    #[tokio::test]
    async fn a_sign_of_life_needs_one_of_every_part() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let socket = tokio::net::UnixDatagram::from_std(socket).unwrap();
        let notifier = manager(path.as_os_str(), Some("40000"));
        let heart = Heart::default();
        let (engine, memory) = (heart.part("engine"), heart.part("memory"));
        let silent = Mutex::new(Vec::new());
        let heard = async {
            let mut buffer = [0; 64];
            // Both beat at the start: the first tick finds a sign of each.
            let length = socket.recv(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..length], b"WATCHDOG=1\n");
            // The engine alone: nothing comes, and who is silent is named.
            while !silent.lock().unwrap().contains(&"memory") {
                engine.beat();
                tokio::task::yield_now().await;
            }
            assert!(socket.try_recv(&mut buffer).is_err(), "no sign of life while a part is silent");
            // The silent one ends in good order: the other is enough.
            memory.end();
            loop {
                engine.beat();
                tokio::task::yield_now().await;
                if socket.try_recv(&mut buffer).is_ok() {
                    break;
                }
            }
        };
        let work = async {
            tokio::select! {
                () = notifier.watch(&heart, |who| silent.lock().unwrap().extend(who)) => panic!("it watches for ever"),
                () = heard => {}
            }
        };
        tokio::time::timeout(Duration::from_secs(20), work).await.expect("in time");
    }

    #[tokio::test]
    async fn nobody_who_watches_is_told_nothing() {
        Notifier::from(|_| None).unwrap().watch(&Heart::default(), |_| {}).await;
    }
}
