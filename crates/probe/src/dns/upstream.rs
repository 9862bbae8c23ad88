//! The way to a resolver or name server, inside the budget.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::base::Message;
use domain::net::client::request::{
    ComposeRequest as _, Error as RequestError, GetResponse, RequestMessage, SendRequest,
};
use midwatch_model::{Reason, ReasonKind};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::message::prepare;
use super::{doh, tls};
use crate::net::{Net, io_reason};

/// Questions in all that one target's audit sends.
const MAX_QUESTIONS: usize = 600;

/// How often each server is asked over UDP, where packets get lost without a word.
const TRIES: usize = 2;

/// How long one answer over UDP is waited for.
const UDP_WAIT: Duration = Duration::from_secs(2);

/// Datagrams that are no answer to the question, until the server is given up.
const MAX_STRAYS: usize = 16;

/// Where questions go.
#[derive(Debug)]
pub(super) enum Via {
    /// Plain DNS, the first server that answers.
    Plain(Vec<SocketAddr>),
    /// DNS over TLS.
    Tls(Box<tls::Line>),
    /// DNS over HTTPS.
    Https(Box<doh::Line>),
    /// There is none.
    Nowhere(Reason),
}

/// A way to ask. Clones share connections and counts.
#[derive(Clone, Debug)]
pub(super) struct Upstream(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    net: Net,
    via: Via,
    asked: AtomicUsize,
    /// The first failure to get any answer at all: a resolver that is not there is not waited for again.
    lost: Mutex<Option<Reason>>,
    answered: AtomicUsize,
}

impl Upstream {
    pub(super) fn new(net: &Net, via: Via) -> Self {
        Upstream(Arc::new(Shared {
            net: net.to_resolver(),
            via,
            asked: AtomicUsize::new(0),
            lost: Mutex::default(),
            answered: AtomicUsize::new(0),
        }))
    }

    /// Sends a question and takes its answer.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn ask(&self, request: &RequestMessage<Vec<u8>>) -> Result<Message<Bytes>, Reason> {
        let shared = &self.0;
        if let Some(why) = self.lost() {
            return Err(why);
        }
        if shared.asked.fetch_add(1, Ordering::Relaxed) >= MAX_QUESTIONS {
            let detail = format!("the limit of {MAX_QUESTIONS} questions to the resolver is used up");
            return Err(Reason::new(ReasonKind::Budget, detail));
        }
        let answer = match &shared.via {
            Via::Nowhere(why) => Err(why.clone()),
            Via::Plain(servers) => first(&shared.net, servers, request).await,
            Via::Tls(line) => line.ask(&shared.net, request).await,
            Via::Https(line) => line.ask(&shared.net, request).await,
        };
        match &answer {
            Ok(_) => {
                shared.answered.fetch_add(1, Ordering::Relaxed);
            }
            Err(why) if shared.answered.load(Ordering::Relaxed) == 0 => {
                *shared.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
            }
            Err(_) => {}
        }
        answer
    }

    /// Why no question has had an answer, where that is so.
    pub(super) fn lost(&self) -> Option<Reason> {
        self.0.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Asks each server in turn.
async fn first(
    net: &Net,
    servers: &[SocketAddr],
    request: &RequestMessage<Vec<u8>>,
) -> Result<Message<Bytes>, Reason> {
    let mut why = Reason::new(ReasonKind::Other, "there is no server to ask");
    for server in servers {
        match plain(net, *server, request).await {
            Ok(answer) => return Ok(answer),
            Err(failed) => why = failed,
        }
    }
    Err(why)
}

/// Asks one server over UDP, and over TCP where the answer is truncated (RFC 7766 5).
pub(super) async fn plain(
    net: &Net,
    server: SocketAddr,
    request: &RequestMessage<Vec<u8>>,
) -> Result<Message<Bytes>, Reason> {
    let mut last = None;
    for _ in 0..TRIES {
        match datagram(net, server, request).await {
            Ok(answer) if answer.header().tc() => return stream(net, server, request).await,
            Ok(answer) => return Ok(answer),
            Err(why) => {
                let again = why.kind == ReasonKind::Timeout;
                last = Some(why);
                if !again {
                    break;
                }
            }
        }
    }
    Err(last.unwrap_or_else(|| Reason::new(ReasonKind::Other, format!("{server} was not asked"))))
}

async fn datagram(
    net: &Net,
    server: SocketAddr,
    request: &RequestMessage<Vec<u8>>,
) -> Result<Message<Bytes>, Reason> {
    let what = format!("asking {server} over UDP");
    let bytes = encode(request)?;
    let socket = net.datagrams(server).await?;
    let wait = net.step_timeout().min(UDP_WAIT);
    let work = async {
        socket.send(&bytes).await.map_err(|error| io_reason(&what, &error))?;
        let mut buffer = vec![0; 65_535];
        for _ in 0..MAX_STRAYS {
            let length = socket.receive(&mut buffer).await.map_err(|error| io_reason(&what, &error))?;
            let datagram = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
            // Whoever cannot see the question has to guess identifier and port: such answers are passed over.
            if let Ok(answer) = Message::from_octets(datagram)
                && request.is_answer(answer.for_slice())
            {
                return Ok(answer);
            }
        }
        let detail = format!("{what}: {MAX_STRAYS} datagrams came, and none answers the question");
        Err(Reason::new(ReasonKind::Protocol, detail))
    };
    net.within(wait, &what, work).await?
}

async fn stream(
    net: &Net,
    server: SocketAddr,
    request: &RequestMessage<Vec<u8>>,
) -> Result<Message<Bytes>, Reason> {
    let what = format!("asking {server} over TCP");
    let mut connection = net.connect(server).await?;
    net.step(&what, framed(&mut connection, request, &what)).await?
}

/// One question and its answer with a length before each (RFC 1035 4.2.2).
pub(super) async fn framed<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &RequestMessage<Vec<u8>>,
    what: &str,
) -> Result<Message<Bytes>, Reason> {
    let bytes = encode(request)?;
    let length = u16::try_from(bytes.len())
        .map_err(|_| Reason::new(ReasonKind::Limit, format!("{what}: the question is too long")))?;
    let mut out = length.to_be_bytes().to_vec();
    out.extend_from_slice(&bytes);
    let io = |error: std::io::Error| io_reason(what, &error);
    stream.write_all(&out).await.map_err(io)?;
    stream.flush().await.map_err(io)?;
    let length = stream.read_u16().await.map_err(io)?;
    let mut buffer = vec![0; usize::from(length)];
    stream.read_exact(&mut buffer).await.map_err(io)?;
    answer(request, buffer.into(), what)
}

/// The message, where it answers the question.
pub(super) fn answer(
    request: &RequestMessage<Vec<u8>>,
    bytes: Bytes,
    what: &str,
) -> Result<Message<Bytes>, Reason> {
    match Message::from_octets(bytes) {
        Ok(answer) if request.is_answer(answer.for_slice()) => Ok(answer),
        _ => {
            Err(Reason::new(ReasonKind::Protocol, format!("{what}: what came is no answer to the question")))
        }
    }
}

/// The question in bytes.
pub(super) fn encode(request: &RequestMessage<Vec<u8>>) -> Result<Vec<u8>, Reason> {
    request
        .to_vec()
        .map_err(|error| Reason::new(ReasonKind::Other, format!("the question cannot be written: {error}")))
}

/// How the validator asks for the keys on the way.
impl SendRequest<RequestMessage<Vec<u8>>> for Upstream {
    fn send_request(&self, mut request: RequestMessage<Vec<u8>>) -> Box<dyn GetResponse + Send + Sync> {
        prepare(&mut request);
        let upstream = self.clone();
        let task = tokio::spawn(async move { upstream.ask(&request).await });
        Box::new(Pending(task))
    }
}

/// A question on its way. The trait asks for a future that can be shared, which a task is.
#[derive(Debug)]
struct Pending(tokio::task::JoinHandle<Result<Message<Bytes>, Reason>>);

impl GetResponse for Pending {
    fn get_response(
        &mut self,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Message<Bytes>, RequestError>> + Send + Sync + '_>>
    {
        Box::pin(async move {
            match (&mut self.0).await {
                Ok(Ok(answer)) => Ok(answer),
                // The reason is for people; the validator only hands an error on.
                Ok(Err(_)) | Err(_) => Err(RequestError::ConnectionClosed),
            }
        })
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.abort();
    }
}
