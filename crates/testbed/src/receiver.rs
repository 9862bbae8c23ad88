//! A receiver of webhooks, which keeps what it was sent and can be made to fail.
//!
//! It takes `POST` over plain HTTP on loopback and keeps each request with its `webhook-id` (Standard Webhooks), also
//! those that it then answers badly or not at all: what was received and what was acknowledged differ on purpose.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

/// How often a thread that waits looks whether it should end.
const LOOK: Duration = Duration::from_millis(20);

/// A request has so long to come whole.
const WHOLE: Duration = Duration::from_secs(30);

/// A longer request is not taken.
const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// What it does with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Answers with this status code, 200 for example.
    Answers(u16),
    /// Takes the request and never answers.
    Hangs,
    /// Takes the request and closes the connection without an answer.
    Closes,
}

/// A request that came whole.
#[derive(Clone, Debug)]
pub struct Received {
    /// The header `webhook-id`, or an empty text.
    pub id: String,
    /// When it had come.
    pub at: SystemTime,
    /// The lines of its head.
    pub head: String,
    /// Its body.
    pub body: String,
    /// True once an answer from 200 to 299 was written for it.
    pub is_acknowledged: bool,
}

/// A receiver. What it received outlives its restarts.
#[derive(Debug)]
pub struct Receiver {
    port: u16,
    state: Arc<State>,
    running: Option<Running>,
}

#[derive(Debug)]
struct State {
    received: Mutex<Vec<Received>>,
    manner: Mutex<Manner>,
}

#[derive(Debug)]
struct Running {
    end: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl State {
    fn received(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn manner(&self) -> Manner {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receiver {
    /// Listens on a free port of 127.0.0.1 and answers 200.
    ///
    /// # Panics
    /// When no port is free.
    pub fn start() -> Receiver {
        let state = State { received: Mutex::default(), manner: Mutex::new(Manner::Answers(200)) };
        let mut receiver = Receiver { port: crate::free_port(), state: Arc::new(state), running: None };
        receiver.restart();
        receiver
    }

    /// Where webhooks are sent to.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Where it listens, or would.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// What it does from now on, also with requests that have not come whole yet.
    pub fn set(&self, manner: Manner) {
        *self.state.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// Everything that came, in the order in which it came.
    pub fn received(&self) -> Vec<Received> {
        self.state.received().clone()
    }

    /// Stops listening: connections are refused. Those that are open end.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.end.store(true, Ordering::Relaxed);
            let _ = running.thread.join();
        }
    }

    /// Listens again, on the same port.
    ///
    /// # Panics
    /// When somebody else has taken the port.
    pub fn restart(&mut self) {
        self.stop();
        let listener = TcpListener::bind(self.address()).expect("the port that was chosen");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let end = Arc::new(AtomicBool::new(false));
        let (ended, state) = (end.clone(), self.state.clone());
        let thread = std::thread::spawn(move || listen(&listener, &state, &ended));
        self.running = Some(Running { end, thread });
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop();
    }
}

fn listen(listener: &TcpListener, state: &Arc<State>, end: &Arc<AtomicBool>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while !end.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) => {
                let (state, end) = (state.clone(), end.clone());
                threads.push(std::thread::spawn(move || while serve(&stream, &state, &end) {}));
                threads.retain(|thread| !thread.is_finished());
            }
            Err(_) => std::thread::sleep(LOOK),
        }
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// Takes one request; says whether there may be another.
fn serve(mut stream: &TcpStream, state: &State, end: &AtomicBool) -> bool {
    let _ = stream.set_nonblocking(false);
    let _ = stream.set_read_timeout(Some(LOOK));
    let Some((head, body)) = request(stream, end) else { return false };
    let field = |wanted: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim().to_owned())
    };
    let id = field("webhook-id").unwrap_or_default();
    let at = {
        let mut received = state.received();
        received.push(Received { id, at: SystemTime::now(), head, body, is_acknowledged: false });
        received.len() - 1
    };
    match state.manner() {
        Manner::Closes => false,
        Manner::Hangs => {
            // As long as this manner lasts; then the connection ends without an answer.
            while !end.load(Ordering::Relaxed) && state.manner() == Manner::Hangs {
                std::thread::sleep(LOOK);
            }
            false
        }
        Manner::Answers(status) => {
            let answer = format!("HTTP/1.1 {status} As told\r\nContent-Length: 0\r\n\r\n");
            let is_written = stream.write_all(answer.as_bytes()).is_ok();
            if is_written && (200..300).contains(&status) {
                state.received()[at].is_acknowledged = true;
            }
            is_written
        }
    }
}

/// The head and the body of a request, once it is whole.
fn request(mut stream: &TcpStream, end: &AtomicBool) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let begun = Instant::now();
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            let body = bytes.get(at + 4..at + 4 + length.unwrap_or(0));
            if let Some(body) = body {
                return Some((head, String::from_utf8_lossy(body).into_owned()));
            }
        }
        if bytes.len() > MAX_REQUEST || end.load(Ordering::Relaxed) || begun.elapsed() > WHOLE {
            return None;
        }
        match stream.read(&mut buffer) {
            Ok(0) => return None,
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => return None,
        }
    }
}
