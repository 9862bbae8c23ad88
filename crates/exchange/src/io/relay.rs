//! A relay: it brings two together who name the same number, and forwards octets between them. It sees neither code nor key,
//! and can do no more than anybody in the middle.
//!
//! ```text
//! to the relay    "MWR1" || 1                  open: give me a number
//!                 "MWR1" || 2 || number (4)    join whoever waits at this number
//! from the relay  1 || number (4)              wait at this number
//!                 2                            you are together; from here on everything is the other's
//!                 3 .. 7                       no: see `Refusal`
//! ```

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::{CONNECT, ReachError, connect};
use crate::message::MAX_SENT;
use crate::random;

const MAGIC: [u8; 4] = *b"MWR1";
const OPEN: u8 = 1;
const JOIN: u8 = 2;
const WAIT: u8 = 1;
const TOGETHER: u8 = 2;

/// The highest number that is given.
const HIGHEST: u32 = 999;

/// How long a rate is counted over.
const MINUTE: Duration = Duration::from_secs(60);

const CHUNK: usize = 16 << 10;

/// Why a relay does not bring together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody waits there.
    #[error(
        "nobody waits at this number; it was used already, or the other has given up, or the number is another one"
    )]
    Nobody,
    /// All places are taken.
    #[error("all places are taken; try again later")]
    Full,
    /// Too much from one address.
    #[error("too many wait or ask from your address; try again in a minute")]
    TooMany,
    /// It took too long.
    #[error("nobody came in time")]
    Expired,
    /// Not what a relay is asked.
    #[error("it was asked in a way that it does not know")]
    Malformed,
}

const REFUSALS: [(u8, Refusal); 5] = [
    (3, Refusal::Nobody),
    (4, Refusal::Full),
    (5, Refusal::TooMany),
    (6, Refusal::Expired),
    (7, Refusal::Malformed),
];

/// An opener at a relay.
pub struct Waiting {
    stream: TcpStream,
    /// Its number there.
    pub place: u32,
}

/// Takes a place at a relay.
///
/// # Errors
/// [`ReachError`].
pub async fn open(relay: &[SocketAddr]) -> Result<Waiting, ReachError> {
    let mut stream = connect(relay).await?;
    let doing = "asking the relay for a number";
    let asked = timeout(CONNECT, async {
        stream.write_all(&[&MAGIC[..], &[OPEN]].concat()).await?;
        match stream.read_u8().await? {
            WAIT => Ok(Ok(stream.read_u32().await?)),
            other => Ok(Err(other)),
        }
    });
    let place = in_time(asked.await).map_err(ReachError::io(doing))?.map_err(said)?;
    if !(1..=crate::code::MAX_PLACE).contains(&place) {
        return Err(no_relay());
    }
    Ok(Waiting { stream, place })
}

impl Waiting {
    /// Waits for the other.
    ///
    /// # Errors
    /// [`ReachError`].
    pub async fn paired(mut self, time: Duration) -> Result<TcpStream, ReachError> {
        match timeout(time, self.stream.read_u8()).await {
            Ok(Ok(TOGETHER)) => Ok(self.stream),
            Ok(Ok(other)) => Err(said(other)),
            Ok(Err(source)) => Err(ReachError::Io { doing: "waiting at the relay".into(), source }),
            Err(_) => Err(ReachError::Nobody("nobody came in time; the code has not been used".into())),
        }
    }
}

/// Joins whoever waits at a number.
///
/// # Errors
/// [`ReachError`].
pub async fn join(relay: &[SocketAddr], place: u32) -> Result<TcpStream, ReachError> {
    let mut stream = connect(relay).await?;
    let asked = timeout(CONNECT, async {
        stream.write_all(&[&MAGIC[..], &[JOIN], &place.to_be_bytes()].concat()).await?;
        stream.read_u8().await
    });
    match in_time(asked.await).map_err(ReachError::io("asking the relay for the other"))? {
        TOGETHER => Ok(stream),
        other => Err(said(other)),
    }
}

fn in_time<T>(asked: Result<io::Result<T>, tokio::time::error::Elapsed>) -> io::Result<T> {
    asked.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer came in time")))
}

fn said(octet: u8) -> ReachError {
    let known = REFUSALS.iter().find(|(known, _)| *known == octet);
    known.map_or_else(no_relay, |(_, refusal)| ReachError::Relay(*refusal))
}

fn no_relay() -> ReachError {
    ReachError::Nobody("what answers there is no relay of midwatch".into())
}

/// What a relay grants.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Who may wait at a time.
    pub places: usize,
    /// Who may wait at a time from one address; of IPv6, from one network of 64 bits.
    pub places_of_one: usize,
    /// Requests in a minute from one address.
    pub requests_of_one: u32,
    /// Connections at a time.
    pub connections: usize,
    /// Addresses whose requests are counted.
    pub addresses: usize,
    /// How long a request may take.
    pub request: Duration,
    /// How long anybody waits.
    pub wait: Duration,
    /// How long two are together.
    pub together: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            places: 256,
            places_of_one: 8,
            requests_of_one: 60,
            connections: 1024,
            addresses: 4096,
            request: Duration::from_secs(10),
            wait: Duration::from_secs(3600),
            together: Duration::from_secs(180),
        }
    }
}

/// A running relay. It ends when this is dropped.
pub struct Relay {
    address: SocketAddr,
    _accepting: JoinSet<()>,
}

impl Relay {
    /// Starts at an address; port 0 is a free one.
    ///
    /// # Errors
    /// Where the address cannot be listened at.
    pub async fn start(at: SocketAddr, limits: Limits) -> io::Result<Relay> {
        let listener = TcpListener::bind(at).await?;
        let address = listener.local_addr()?;
        let mut accepting = JoinSet::new();
        let places = Arc::new(Places { limits, inner: Mutex::default() });
        accepting.spawn(accept(listener, places));
        Ok(Relay { address, _accepting: accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: TcpListener, places: Arc<Places>) {
    let connections = Arc::new(Semaphore::new(places.limits.connections));
    let mut served = JoinSet::new();
    loop {
        while served.try_join_next().is_some() {}
        let Ok(permit) = connections.clone().acquire_owned().await else { return };
        let Ok((stream, from)) = listener.accept().await else {
            // Such as too many open files: it passes.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let places = places.clone();
        served.spawn(async move {
            serve(stream, one(from.ip()), &places).await;
            drop(permit);
        });
    }
}

/// Whom an address stands for.
fn one(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 => v4,
    }
}

/// Who waits, and who asked how often.
struct Places {
    limits: Limits,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    waiting: HashMap<u32, (IpAddr, oneshot::Sender<TcpStream>)>,
    /// Requests of the running minute.
    asked: HashMap<IpAddr, u32>,
    minute: Option<Instant>,
}

impl Places {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request.
    fn count(&self, from: IpAddr) -> Result<(), Refusal> {
        let mut inner = self.inner();
        let now = Instant::now();
        if inner.minute.is_none_or(|began| now.duration_since(began) >= MINUTE) {
            inner.minute = Some(now);
            inner.asked.clear();
        }
        if inner.asked.len() >= self.limits.addresses && !inner.asked.contains_key(&from) {
            return Err(Refusal::Full);
        }
        let asked = inner.asked.entry(from).or_default();
        *asked = asked.saturating_add(1);
        if *asked > self.limits.requests_of_one { Err(Refusal::TooMany) } else { Ok(()) }
    }

    /// Takes a free place.
    fn take(&self, from: IpAddr) -> Result<(u32, oneshot::Receiver<TcpStream>), Refusal> {
        let mut inner = self.inner();
        if inner.waiting.len() >= self.limits.places.min(HIGHEST as usize / 2) {
            return Err(Refusal::Full);
        }
        if inner.waiting.values().filter(|(who, _)| *who == from).count() >= self.limits.places_of_one {
            return Err(Refusal::TooMany);
        }
        // Random, so that nobody knows the next one; at most half are taken, so that a free one is near.
        let start = u32::from_be_bytes(random().map_err(|_| Refusal::Full)?) % HIGHEST;
        let free = (0..HIGHEST).map(|step| (start + step) % HIGHEST + 1);
        let place = free.into_iter().find(|place| !inner.waiting.contains_key(place)).ok_or(Refusal::Full)?;
        let (sender, receiver) = oneshot::channel();
        inner.waiting.insert(place, (from, sender));
        Ok((place, receiver))
    }
}

/// Gives the place back, where nobody came.
struct Place<'a> {
    places: &'a Places,
    place: u32,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut inner = self.places.inner();
        // Where somebody came it may be another's by now.
        if inner.waiting.get(&self.place).is_some_and(|(_, sender)| sender.is_closed()) {
            inner.waiting.remove(&self.place);
        }
    }
}

async fn serve(mut stream: TcpStream, from: IpAddr, places: &Places) {
    let _ = stream.set_nodelay(true);
    let asked = timeout(places.limits.request, request(&mut stream)).await;
    let Ok(Ok(asked)) = asked else { return };
    let refused = match asked.ok_or(Refusal::Malformed).and_then(|asked| places.count(from).map(|()| asked)) {
        Err(refusal) => refusal,
        Ok(None) => match wait(&mut stream, from, places).await {
            Ok(Some(other)) => return together(stream, other, places).await,
            Ok(None) => return,
            Err(refusal) => refusal,
        },
        Ok(Some(place)) => match places.inner().waiting.remove(&place) {
            // What is sent to a receiver that has gone comes back, and is told.
            Some((_, sender)) => match sender.send(stream) {
                Ok(()) => return,
                Err(back) => {
                    stream = back;
                    Refusal::Nobody
                }
            },
            None => Refusal::Nobody,
        },
    };
    let octet = REFUSALS.iter().find(|(_, known)| *known == refused).map_or(0, |(octet, _)| *octet);
    let _ = timeout(places.limits.request, stream.write_all(&[octet])).await;
}

/// What is asked: a number to join, or to be given one. The outer none is neither.
async fn request(stream: &mut TcpStream) -> io::Result<Option<Option<u32>>> {
    let mut head = [0; MAGIC.len() + 1];
    stream.read_exact(&mut head).await?;
    Ok(match head.strip_prefix(&MAGIC) {
        Some([OPEN]) => Some(None),
        Some([JOIN]) => Some(Some(stream.read_u32().await?)),
        _ => None,
    })
}

/// Lets an opener wait for its joiner. None where it goes away.
async fn wait(stream: &mut TcpStream, from: IpAddr, places: &Places) -> Result<Option<TcpStream>, Refusal> {
    let (place, mut receiver) = places.take(from)?;
    let _place = Place { places, place };
    let mut reply = vec![WAIT];
    reply.extend(place.to_be_bytes());
    let told = timeout(places.limits.request, stream.write_all(&reply)).await;
    if !matches!(told, Ok(Ok(()))) {
        receiver.close();
        return Ok(None);
    }
    let mut octet = [0];
    let came = tokio::select! {
        came = &mut receiver => Ok(came.ok()),
        // An opener says nothing before its joiner does: this is its end, or none of midwatch.
        _ = stream.read(&mut octet) => Ok(None),
        () = tokio::time::sleep(places.limits.wait) => Err(Refusal::Expired),
    };
    receiver.close();
    came
}

/// Tells both, and forwards what they say.
async fn together(mut opener: TcpStream, mut joiner: TcpStream, places: &Places) {
    let end = Instant::now() + places.limits.together;
    let all = async {
        let (told, joined) = tokio::join!(opener.write_all(&[TOGETHER]), joiner.write_all(&[TOGETHER]));
        told.and(joined)?;
        let (from_opener, to_opener) = opener.split();
        let (from_joiner, to_joiner) = joiner.split();
        let (up, down) = tokio::join!(forward(from_joiner, to_opener), forward(from_opener, to_joiner));
        up.and(down)
    };
    // How it ends is for the two to say.
    let _ = timeout_at(end, all).await;
}

/// Forwards one direction to its end, and no more than an exchange has.
async fn forward(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut left = MAX_SENT;
    while left > 0 {
        let room = left.min(buffer.len());
        let Some(room) = buffer.get_mut(..room) else { break };
        let count = from.read(room).await?;
        if count == 0 {
            break;
        }
        left = left.saturating_sub(count);
        to.write_all(buffer.get(..count).unwrap_or_default()).await?;
    }
    to.shutdown().await
}
