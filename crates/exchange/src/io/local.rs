//! The local network: the opener listens, the joiner finds it by the number of the code.
//!
//! ```text
//! to 239.255.119.120 and ff12::6d77:6578, UDP port 27747, on every link, not beyond it
//!   query    "MWX1" || 1 || number (4) || nonce (8)
//! back to who asked
//!   answer   "MWX1" || 2 || number (4) || nonce (8) || id (8) || TCP port (2)
//! ```
//!
//! Nobody proves anything here: whoever is in the network may answer, or be asked. That is for the code to find out. An answer
//! is as short as its query but for ten octets, so that nobody is flooded through it. `id` is random for each run: answers with
//! two of them come from two who wait at the same number, and then nobody is connected to.
//!
//! The groups are of the ranges that are for everybody's own use (RFC 2365, section 6.1; RFC 4291, section 2.7, with the flag
//! T); the port is registered for nothing.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{ReachError, talk};
use crate::message::{Frames, HEADER, Message, Reason};
use crate::pake::{Role, SHARE};
use crate::session::{Exchanged, Failure, Session};
use crate::{Code, Offer, random};

/// The UDP port of queries, and the TCP port of relays where none is said.
pub const PORT: u16 = 27747;

const GROUP_V4: Ipv4Addr = Ipv4Addr::new(239, 255, 119, 120);
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xFF12, 0, 0, 0, 0, 0, 0x6D77, 0x6578);

/// The highest number that is drawn: short to say, and seldom drawn twice at a time in one network.
const HIGHEST: u32 = 999;

/// How long a query waits for an answer before it is asked again.
const AGAIN: Duration = Duration::from_millis(500);

/// How long other answers are waited for after the first.
const OTHERS: Duration = Duration::from_millis(300);

/// How long a connection may say nothing before its place is wanted back.
const FIRST: Duration = Duration::from_secs(10);

/// Connections that have said nothing yet.
const MAX_PENDING: usize = 16;

/// Links that are asked at, and answers that are kept.
const MAX_LINKS: usize = 64;
const MAX_ANSWERS: usize = 64;

const MAGIC: [u8; 4] = *b"MWX1";
const QUERY: usize = 17;
const ANSWER: usize = 27;

/// An opener that listens.
pub struct Opener {
    code: Code,
    listener: TcpListener,
    address: SocketAddr,
    /// Answers queries, until this is dropped.
    answering: JoinSet<()>,
}

impl Opener {
    /// Listens at an address, or at any address and a free port, and makes a code. Answers queries for its number, unless
    /// it listens on this computer alone.
    ///
    /// # Errors
    /// [`ReachError`].
    pub async fn listen(at: Option<SocketAddr>) -> Result<Opener, ReachError> {
        let listener = match at {
            Some(at) => TcpListener::bind(at).await,
            None => match TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).await {
                Ok(listener) => Ok(listener),
                Err(_) => TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await,
            },
        };
        let listener = listener.map_err(ReachError::io("listening for the other"))?;
        let address = listener.local_addr().map_err(ReachError::io("listening for the other"))?;
        let place = u32::from_be_bytes(random()?) % HIGHEST + 1;
        let code = Code::random(place)?;
        let mut answering = JoinSet::new();
        if !address.ip().is_loopback() {
            let id = random()?;
            let v6 = links().into_iter().map(listen_v6);
            for socket in std::iter::once(listen_v4()).chain(v6).flatten() {
                answering.spawn(answer(socket, place, id, address.port()));
            }
        }
        Ok(Opener { code, listener, address, answering })
    }

    /// The code that is to be told.
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it answers queries, and so can be found by the number alone.
    pub fn is_found(&self) -> bool {
        !self.answering.is_empty()
    }

    /// Waits for the other, and exchanges keys with whoever first sends a share. Nobody else gets an answer: the code is good
    /// for one try.
    ///
    /// # Errors
    /// [`ReachError`] where nobody comes in time.
    pub async fn exchange(
        mut self,
        offer: Option<Offer>,
        time: Duration,
    ) -> Result<Result<Exchanged, Failure>, ReachError> {
        let end = Instant::now() + time;
        let mut pending = JoinSet::new();
        loop {
            let (stream, first) = self.first(&mut pending, end).await?;
            let mut session = Session::open(&self.code, offer.clone())?;
            session.input(&first);
            if !session.used() {
                // No point of the curve: nothing was answered, and no code can have been tried.
                pending.spawn(refuse(stream, Reason::Malformed));
                continue;
            }
            self.answering.shutdown().await;
            drop(self.listener);
            // Who was a moment later learns that the code is used up.
            let late = tokio::spawn(async move {
                while let Some(said) = pending.join_next().await {
                    if let Ok(Some((stream, _))) = said {
                        refuse(stream, Reason::Used).await;
                    }
                }
            });
            let outcome = talk(stream, &mut session).await;
            late.abort();
            return Ok(outcome);
        }
    }

    /// The first connection on which a share comes, with that share.
    async fn first(
        &self,
        pending: &mut JoinSet<Option<(TcpStream, Vec<u8>)>>,
        end: Instant,
    ) -> Result<(TcpStream, Vec<u8>), ReachError> {
        let nobody = || ReachError::Nobody("nobody came in time; the code has not been used".into());
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if pending.len() < MAX_PENDING => match accepted {
                    Ok((stream, _)) => {
                        let _ = stream.set_nodelay(true);
                        pending.spawn(share(stream));
                    }
                    // Such as too many open files: it passes, or the time does.
                    Err(_) => sleep(Duration::from_millis(50)).await,
                },
                Some(said) = pending.join_next() => {
                    if let Ok(Some(first)) = said {
                        return Ok(first);
                    }
                }
                () = tokio::time::sleep_until(end) => return Err(nobody()),
            }
        }
    }
}

/// The frame of a joiner's share, where one comes.
async fn share(mut stream: TcpStream) -> Option<(TcpStream, Vec<u8>)> {
    let mut first = Vec::new();
    let read = async {
        let mut frames = Frames::default();
        let mut octet = [0; HEADER + 2 + SHARE];
        loop {
            let left = octet.len() - first.len();
            let count = stream.read(octet.get_mut(..left)?).await.ok().filter(|count| *count > 0)?;
            let came = octet.get(..count)?;
            first.extend(came);
            frames.add(came);
            match frames.next(false) {
                Ok(Some(Message::Share { role: Role::Joiner, .. })) => return Some(true),
                Ok(None) if first.len() < octet.len() => {}
                Ok(_) => return Some(false),
                Err(crate::message::MessageError::Version(_)) => return Some(false),
                Err(_) => return None,
            }
        }
    };
    match timeout(FIRST, read).await {
        Ok(Some(true)) => Some((stream, first)),
        Ok(Some(false)) => refuse(stream, Reason::Malformed).await,
        _ => None,
    }
}

async fn refuse(mut stream: TcpStream, reason: Reason) -> Option<(TcpStream, Vec<u8>)> {
    let _ = timeout(FIRST, stream.write_all(&Message::End(reason).encode())).await;
    None
}

/// Answers queries for a number.
async fn answer(socket: UdpSocket, place: u32, id: [u8; 8], port: u16) {
    let mut buffer = [0; QUERY + 1];
    // A socket that listens to a group is no source of an answer.
    let mut back: Option<UdpSocket> = None;
    loop {
        let Ok((count, from)) = socket.recv_from(&mut buffer).await else {
            sleep(AGAIN).await;
            continue;
        };
        let Some(nonce) = buffer.get(..count).and_then(|query| asks_for(query, place)) else { continue };
        if from.ip().is_unspecified() {
            continue;
        }
        if back.is_none() {
            let any: IpAddr = match from {
                SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            back = UdpSocket::bind((any, 0)).await.ok();
        }
        if let Some(back) = &back {
            // What is lost is asked for again.
            let _ = back.send_to(&to_answer(place, nonce, id, port), from).await;
        }
    }
}

fn to_query(place: u32, nonce: [u8; 8]) -> Vec<u8> {
    [&MAGIC[..], &[1], &place.to_be_bytes(), &nonce].concat()
}

/// The nonce of a query for this number.
fn asks_for(query: &[u8], place: u32) -> Option<[u8; 8]> {
    query.strip_prefix(&MAGIC)?.strip_prefix(&[1])?.strip_prefix(&place.to_be_bytes())?.try_into().ok()
}

fn to_answer(place: u32, nonce: [u8; 8], id: [u8; 8], port: u16) -> Vec<u8> {
    [&MAGIC[..], &[2], &place.to_be_bytes(), &nonce, &id, &port.to_be_bytes()].concat()
}

/// Who answers this query, and at which port it listens.
fn answers(answer: &[u8], place: u32, nonce: [u8; 8]) -> Option<([u8; 8], u16)> {
    let rest = answer.strip_prefix(&MAGIC)?.strip_prefix(&[2])?.strip_prefix(&place.to_be_bytes())?;
    let (id, port) = rest.strip_prefix(&nonce)?.split_first_chunk()?;
    Some((*id, u16::from_be_bytes(port.try_into().ok()?)))
}

/// Finds who waits at a number in the local network: the addresses of that one computer, as they answered.
///
/// # Errors
/// [`ReachError`]: nobody, or several.
pub async fn find(place: u32, time: Duration) -> Result<Vec<SocketAddr>, ReachError> {
    let nonce = random()?;
    let query = to_query(place, nonce);
    let mut tasks = JoinSet::new();
    let (found, mut answers_that_come) = tokio::sync::mpsc::channel(MAX_ANSWERS);
    for asker in askers() {
        let (query, found) = (query.clone(), found.clone());
        tasks.spawn(ask(asker, query, place, nonce, found));
    }
    drop(found);
    if tasks.is_empty() {
        let why = "this computer has no link on which others could be asked; use '--at HOST:PORT'";
        return Err(ReachError::Nobody(why.into()));
    }
    let mut end = Instant::now() + time;
    let mut by_id: HashMap<[u8; 8], Vec<SocketAddr>> = HashMap::new();
    let mut count = 0;
    while let Ok(Some((id, address))) = tokio::time::timeout_at(end, answers_that_come.recv()).await {
        if by_id.is_empty() {
            end = end.min(Instant::now() + OTHERS);
        }
        let known = by_id.entry(id).or_default();
        if !known.contains(&address) {
            known.push(address);
            count += 1;
        }
        if count >= MAX_ANSWERS {
            break;
        }
    }
    match by_id.len() {
        0 => Err(ReachError::Nobody(format!(
            "nobody in this network answers to the number {place}: the other may not have begun yet, or be in another \
             network, or a firewall may be between ('--at HOST:PORT' goes without the search). The code has not been used"
        ))),
        1 => Ok(by_id.into_values().next().unwrap_or_default()),
        several => Err(ReachError::Several(several)),
    }
}

/// Asks on one link again and again, and hands on who answers.
async fn ask(
    asker: Asker,
    query: Vec<u8>,
    place: u32,
    nonce: [u8; 8],
    found: tokio::sync::mpsc::Sender<([u8; 8], SocketAddr)>,
) {
    let mut buffer = [0; ANSWER + 1];
    loop {
        // A link may be down now and up in a moment.
        let _ = asker.socket.send_to(&query, asker.to).await;
        let until = Instant::now() + AGAIN;
        while let Ok(came) = tokio::time::timeout_at(until, asker.socket.recv_from(&mut buffer)).await {
            let Ok((count, mut from)) = came else {
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            if let Some((id, port)) = buffer.get(..count).and_then(|bytes| answers(bytes, place, nonce)) {
                from.set_port(port);
                if found.send((id, from)).await.is_err() {
                    return;
                }
            }
        }
    }
}

struct Asker {
    socket: UdpSocket,
    to: SocketAddr,
}

/// A socket for each link and family.
fn askers() -> Vec<Asker> {
    let links = links();
    let v4 = links.iter().map(|link| ask_v4(*link));
    let v6 = links.iter().map(|link| ask_v6(*link));
    v4.chain(v6).filter_map(Result::ok).collect()
}

/// The numbers of the links of this computer; 0, the one that the system chooses, where they are not told.
fn links() -> Vec<u32> {
    let number = |entry: io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(entry.ok()?.path().join("ifindex")).ok()?.trim().parse().ok()
    };
    let entries = std::fs::read_dir("/sys/class/net").map(|entries| entries.filter_map(number));
    let links: Vec<u32> = entries.map(|numbers| numbers.take(MAX_LINKS).collect()).unwrap_or_default();
    if links.is_empty() { vec![0] } else { links }
}

fn ask_v4(link: u32) -> io::Result<Asker> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_multicast_ttl_v4(1)?;
    let any = Ipv4Addr::UNSPECIFIED;
    rustix::net::sockopt::set_ip_multicast_if_with_ifindex(&socket, &any, &any, link)?;
    socket.bind(&SocketAddr::from((any, 0)).into())?;
    // Without an address of its own the link gives no answer a way back.
    let to = SocketAddr::from((GROUP_V4, PORT));
    let probe = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    rustix::net::sockopt::set_ip_multicast_if_with_ifindex(&probe, &any, &any, link)?;
    probe.connect(&to.into())?;
    if probe.local_addr()?.as_socket().is_none_or(|own| own.ip().is_unspecified()) {
        return Err(io::ErrorKind::AddrNotAvailable.into());
    }
    Ok(Asker { socket: ready(socket)?, to })
}

fn ask_v6(link: u32) -> io::Result<Asker> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    socket.set_multicast_hops_v6(1)?;
    socket.set_multicast_if_v6(link)?;
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into())?;
    Ok(Asker { socket: ready(socket)?, to: (GROUP_V6, PORT).into() })
}

fn listen_v4() -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    // Two people on one computer may wait at a time.
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((GROUP_V4, PORT)).into())?;
    joined(
        links()
            .into_iter()
            .map(|link| socket.join_multicast_v4_n(&GROUP_V4, &InterfaceIndexOrAddress::Index(link))),
    )?;
    ready(socket)
}

fn listen_v6(link: u32) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    socket.set_reuse_address(true)?;
    // A group of one link is bound to on one link.
    socket.bind(&SocketAddrV6::new(GROUP_V6, PORT, 0, link).into())?;
    socket.join_multicast_v6(&GROUP_V6, link)?;
    ready(socket)
}

/// Sound where at least one link was joined.
fn joined(links: impl Iterator<Item = io::Result<()>>) -> io::Result<()> {
    let mut last = Err(io::ErrorKind::NotFound.into());
    for link in links {
        if last.is_err() {
            last = link;
        }
    }
    last
}

fn ready(socket: Socket) -> io::Result<UdpSocket> {
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn queries_and_answers_are_as_documented() {
        let (nonce, id) = ([7; 8], [8; 8]);
        let query = to_query(513, nonce);
        assert_eq!((query.len(), &query[..9]), (QUERY, &b"MWX1\x01\0\0\x02\x01"[..]));
        assert_eq!((asks_for(&query, 513), asks_for(&query, 514)), (Some(nonce), None));
        let answer = to_answer(513, nonce, id, 4321);
        assert_eq!(answer.len(), ANSWER);
        assert_eq!(answers(&answer, 513, nonce), Some((id, 4321)));
        assert_eq!(answers(&answer, 513, id), None, "it answers another query");
        assert_eq!((asks_for(&answer, 513), answers(&query, 513, nonce)), (None, None));
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(octets in prop::collection::vec(any::<u8>(), 0..40), place in 0_u32..3) {
            let whole = [&MAGIC[..], &[1], &place.to_be_bytes(), &octets].concat();
            for bytes in [&octets, &whole] {
                prop_assert!(asks_for(bytes, place).is_none_or(|_| bytes.len() == QUERY));
                prop_assert!(answers(bytes, place, [0; 8]).is_none_or(|_| bytes.len() == ANSWER));
            }
        }
    }
}
