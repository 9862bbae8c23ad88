//! One connection, one thing asked.

use midwatch_model::{
    DhParameters, Host, Outcome, Reason, ReasonKind, SshHostKey, SshIdentification, SshPublicKey,
};
use midwatch_wire::reader::WireError;
use midwatch_wire::ssh::algorithm::key_type;
use midwatch_wire::ssh::certificate::Certificate;
use midwatch_wire::ssh::exchange::{
    self, ChosenGroup, GEX_INIT, GEX_REPLY, GroupRequest, INIT, Public, REPLY, Reply, Transcript,
};
use midwatch_wire::ssh::identification::Identification;
use midwatch_wire::ssh::kexinit::{KexInit, agreed};
use midwatch_wire::ssh::key::{PublicKey, type_of};
use midwatch_wire::ssh::method::{Hash, Kind, method};
use ring::digest;

use super::agreement::{self, Agreement};
use super::dialogue::{Dialogue, Ended, IDENTIFICATION, protocol};
use super::endpoint::Way;
use super::program::{Running, Stream};
use super::{facts, proof};
use crate::net::Net;

/// What a key is asked for with in a group exchange: 2048 bits, and what there is where the server has none.
const FOR_A_KEY: GroupRequest = GroupRequest { min: 1024, wanted: 2048, max: 8192 };

/// What shows the smallest group that a server serves. RFC 4419 has 1024 bits as the least.
const FOR_THE_LEAST: GroupRequest = GroupRequest { min: 1024, wanted: 1024, max: 8192 };

/// Asks one endpoint, over as many connections as there are questions.
pub(super) struct Asker<'a> {
    net: &'a Net,
    host: &'a Host,
    port: u16,
    way: Way,
    with: String,
    /// Connections that were opened.
    pub(super) connections: u32,
    /// The program of the last connection, where one makes it.
    running: Option<Running>,
}

/// What the first connection brings.
pub(super) struct Greeting {
    pub(super) identification: Outcome<SshIdentification>,
    pub(super) lists: Result<KexInit, Ended>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(net: &'a Net, host: &'a Host, port: u16, way: Way) -> Self {
        let with = match way {
            Way::Address(address) => address.to_string(),
            Way::Socks5(_) | Way::Program(_) => format!("{host}:{port}"),
        };
        Asker { net, host, port, way, with, connections: 0, running: None }
    }

    /// One more that asks the same endpoint, at the same time.
    pub(super) fn another(&self) -> Self {
        let (way, with) = (self.way.clone(), self.with.clone());
        Asker { net: self.net, host: self.host, port: self.port, way, with, connections: 0, running: None }
    }

    async fn connect(&mut self) -> Result<Box<dyn Stream>, Reason> {
        self.connections += 1;
        // The program before ends here.
        self.running = None;
        match &self.way {
            Way::Address(address) => Ok(Box::new(self.net.connect(*address).await?)),
            Way::Socks5(proxy) => {
                Ok(Box::new(self.net.connect_by_socks5(*proxy, self.host, self.port).await?))
            }
            Way::Program(_) if self.net.is_restricted() => {
                let detail = format!(
                    "{} is not asked through a program: it would choose the address, and this target must not lead \
                     everywhere",
                    self.with
                );
                Err(Reason::new(ReasonKind::NotAsked, detail))
            }
            Way::Program(program) => {
                let (stream, running) = program.start()?;
                self.running = Some(running);
                Ok(stream)
            }
        }
    }

    /// Why a connection ended, with the last words of the program that made it.
    async fn with_words(&mut self, why: Reason) -> Reason {
        let Some(running) =
            self.running.as_mut().filter(|_| is_lost(&why) || why.kind == ReasonKind::Timeout)
        else {
            return why;
        };
        match running.last_words().await {
            Some(words) => Reason::new(why.kind, format!("{}; the way there says: {words}", why.detail)),
            None => why,
        }
    }

    /// The identification and the lists. A connection that is lost is tried once more.
    pub(super) async fn greet(&mut self) -> Greeting {
        let greeting = match self.greet_once().await {
            Greeting { lists: Err(Ended::Failed(why)), .. } if is_lost(&why) && self.running.is_none() => {
                self.greet_once().await
            }
            other => other,
        };
        match greeting {
            Greeting { identification: Outcome::Unmeasured { why }, .. } => {
                let why = self.with_words(why).await;
                Greeting { identification: why.clone().into(), lists: Err(Ended::Failed(why)) }
            }
            greeting => greeting,
        }
    }

    async fn greet_once(&mut self) -> Greeting {
        let failed =
            |why: Reason| Greeting { identification: why.clone().into(), lists: Err(Ended::Failed(why)) };
        let connection = match self.connect().await {
            Ok(connection) => connection,
            Err(why) => return failed(why),
        };
        let mut dialogue = Dialogue::new(self.net, connection, &self.with);
        let said = match dialogue.identify().await {
            Ok(said) => said,
            Err(why) => return failed(why),
        };
        let lists = match ssh2(&said, dialogue.with) {
            // The server's lists come without ours being sent: RFC 4253 section 7.1 has each side begin.
            Ok(()) => kexinit(&mut dialogue).await.map(|(_, lists)| lists),
            Err(why) => Err(why.into()),
        };
        dialogue.leave().await;
        Greeting { identification: Outcome::seen(facts::identification(&said)), lists }
    }

    /// The key behind a host key algorithm, with its proof. A connection that is lost is tried once more: servers
    /// turn away some of those that have not logged in (OpenSSH's MaxStartups).
    pub(super) async fn host_key(&mut self, algorithm: &str, lists: &KexInit) -> Outcome<SshHostKey> {
        let Some(chosen) = agreement::choose(&lists.key_exchange) else {
            let offered = lists.key_exchange.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
            let detail =
                format!("none of the key exchange methods that the server offers is run here: {offered}");
            return Outcome::unmeasured(ReasonKind::Other, detail);
        };
        let asked = match self.host_key_once(algorithm, chosen, lists).await {
            Err(Ended::Failed(why)) if is_lost(&why) => self.host_key_once(algorithm, chosen, lists).await,
            other => other,
        };
        asked.map_or_else(Outcome::from, Outcome::seen)
    }

    async fn host_key_once(
        &mut self,
        algorithm: &str,
        chosen: &str,
        lists: &KexInit,
    ) -> Result<SshHostKey, Ended> {
        let connection = self.connect().await?;
        let mut dialogue = Dialogue::new(self.net, connection, &self.with);
        let ours = offer(lists, vec![chosen.to_owned()], vec![algorithm.to_owned()]);
        let begun = begin(&mut dialogue, ours).await?;
        let key = run(&mut dialogue, &begun, algorithm, chosen).await?;
        dialogue.leave().await;
        Ok(key)
    }

    /// The group that the server serves to a client that asks for the least.
    pub(super) async fn least_group(&mut self, lists: &KexInit) -> Outcome<DhParameters> {
        let is_exchange =
            |name: &&String| method(name).is_some_and(|method| method.kind == Kind::GroupExchange);
        let Some(name) = lists.key_exchange.iter().find(is_exchange) else {
            return Outcome::unmeasured(ReasonKind::NotAsked, "the server does not offer group exchange");
        };
        let asked = match self.least_group_once(name, lists).await {
            Err(Ended::Failed(why)) if is_lost(&why) => self.least_group_once(name, lists).await,
            other => other,
        };
        asked.map_or_else(Outcome::from, Outcome::seen)
    }

    async fn least_group_once(&mut self, name: &str, lists: &KexInit) -> Result<DhParameters, Ended> {
        let connection = self.connect().await?;
        let mut dialogue = Dialogue::new(self.net, connection, &self.with);
        begin(&mut dialogue, offer(lists, vec![name.to_owned()], lists.host_key.clone())).await?;
        dialogue.send(&FOR_THE_LEAST.write(), "a request for a group").await?;
        let payload = dialogue.packet("the group").await?;
        let group =
            ChosenGroup::read(&payload).map_err(|error| unreadable(&dialogue, "the group", &error))?;
        let group = facts::group(group);
        dialogue.leave().await;
        Ok(group)
    }
}

/// Names that a reason tells.
const MOST_NAMED: usize = 10;

/// True where trying again may help.
fn is_lost(why: &Reason) -> bool {
    matches!(why.kind, ReasonKind::Reset | ReasonKind::Closed)
}

fn ssh2(said: &Identification, with: &str) -> Result<(), Reason> {
    if said.is_ssh2() {
        return Ok(());
    }
    let version = midwatch_model::lossless(said.protocol());
    Err(Reason::new(ReasonKind::Protocol, format!("{with} speaks SSH {version} and not SSH 2")))
}

fn unreadable(dialogue: &Dialogue<'_>, what: &str, error: &WireError) -> Ended {
    protocol(&format!("{what} of {}", dialogue.with), error).into()
}

/// What this side offers: the method and key that are asked for, and everything of the server's own besides, which
/// is agreed on and never used.
fn offer(lists: &KexInit, key_exchange: Vec<String>, host_key: Vec<String>) -> KexInit {
    let mut cookie = [0; 16];
    // Nothing secret comes of it; a system without randomness leaves zeros.
    let _ = getrandom::fill(&mut cookie);
    KexInit { cookie, key_exchange, host_key, first_kex_packet_follows: false, ..lists.clone() }
}

/// The server's KEXINIT, as bytes and read.
async fn kexinit(dialogue: &mut Dialogue<'_>) -> Result<(Vec<u8>, KexInit), Ended> {
    let what = "the algorithms";
    let payload = dialogue.packet(what).await?;
    let lists = KexInit::read(&payload).map_err(|error| unreadable(dialogue, what, &error))?;
    Ok((payload, lists))
}

/// Both sides have said who they are and what they can do.
struct Begun {
    server: Identification,
    our_kexinit: Vec<u8>,
    server_kexinit: Vec<u8>,
}

async fn begin(dialogue: &mut Dialogue<'_>, ours: KexInit) -> Result<Begun, Ended> {
    let server = dialogue.identify().await?;
    ssh2(&server, dialogue.with)?;
    let our_kexinit = ours.write();
    dialogue.send(&our_kexinit, "the algorithms").await?;
    let (server_kexinit, theirs) = kexinit(dialogue).await?;
    for (client, server) in [(&ours.key_exchange, &theirs.key_exchange), (&ours.host_key, &theirs.host_key)] {
        if agreed(client, server).is_none() {
            let detail = format!("{} offers other algorithms than a moment ago", dialogue.with);
            return Err(Reason::new(ReasonKind::Other, detail).into());
        }
    }
    if theirs.guessed_wrong(&ours) {
        dialogue.packet("a packet sent on a guess").await?;
    }
    Ok(Begun { server, our_kexinit, server_kexinit })
}

/// Runs the exchange to the server's reply, and looks at what it proves.
async fn run(
    dialogue: &mut Dialogue<'_>,
    begun: &Begun,
    algorithm: &str,
    chosen: &str,
) -> Result<SshHostKey, Ended> {
    let unknown = || Reason::new(ReasonKind::Other, format!("{chosen} is not run here"));
    let method = method(chosen).ok_or_else(unknown)?;
    // The group has to live as long as the exchange hash is made over it.
    let group_payload;
    let (group, agreement, init, reply) = match method.kind {
        Kind::GroupExchange => {
            dialogue.send(&FOR_A_KEY.write(), "a request for a group").await?;
            group_payload = dialogue.packet("the group").await?;
            let group = ChosenGroup::read(&group_payload)
                .map_err(|error| unreadable(dialogue, "the group", &error))?;
            let agreement = Agreement::in_group(group).map_err(|detail| {
                Reason::new(ReasonKind::Protocol, format!("{} chose {detail}", dialogue.with))
            })?;
            (Some((FOR_A_KEY, group)), agreement, GEX_INIT, GEX_REPLY)
        }
        kind => (None, Agreement::start(kind).ok_or_else(unknown)?, INIT, REPLY),
    };
    dialogue.send(&exchange::init(init, agreement.public()), "the key exchange").await?;
    let payload = dialogue.packet("the reply of the key exchange").await?;
    let is_point = matches!(agreement.public(), Public::Point(_));
    let reply = Reply::read(&payload, reply, is_point)
        .map_err(|error| unreadable(dialogue, "the reply of the key exchange", &error))?;
    let client_public = own(agreement.public());
    let transcript = Transcript {
        client_identification: IDENTIFICATION,
        server_identification: &begun.server.line,
        client_kexinit: &begun.our_kexinit,
        server_kexinit: &begun.server_kexinit,
        host_key: reply.host_key,
        group,
        client_public: if is_point { Public::Point(&client_public) } else { Public::Number(&client_public) },
        server_public: reply.public,
    };
    let hash = agreement.secret(reply.public).map(|secret| exchange_hash(method.hash, &transcript, &secret));
    sent(&reply, hash.as_ref().map(AsRef::as_ref), algorithm, chosen)
        .map_err(|error| unreadable(dialogue, "the host key", &error))
}

fn own(public: Public<'_>) -> Vec<u8> {
    match public {
        Public::Number(bytes) | Public::Point(bytes) => bytes.to_vec(),
    }
}

fn exchange_hash(hash: Hash, transcript: &Transcript<'_>, secret: &[u8]) -> digest::Digest {
    digest::digest(agreement::hash(hash), &transcript.input(secret))
}

/// What was sent, and whether the signature over `hash` proves it. No hash: the server's public value was one that
/// must be refused.
fn sent(
    reply: &Reply<'_>,
    hash: Option<&[u8]>,
    algorithm: &str,
    chosen: &str,
) -> Result<SshHostKey, WireError> {
    let kind = type_of(reply.host_key)?;
    if kind != key_type(algorithm) {
        let what = format!("a key of the type {kind} came where {} was due", key_type(algorithm));
        return Err(WireError::Invalid(what));
    }
    let certificate = Certificate::read(reply.host_key)?;
    let key = match &certificate {
        Some(certificate) => Some(certificate.key),
        None => PublicKey::read(reply.host_key)?,
    };
    let proof = match (key, hash) {
        (None, _) => Outcome::unmeasured(ReasonKind::Other, "keys of this type are not known here"),
        (Some(_), None) => Outcome::unmeasured(
            ReasonKind::Protocol,
            "the server's public value is one that every client must refuse",
        ),
        (Some(key), Some(hash)) => proof::verify_sent(&key, reply.signature, hash),
    };
    Ok(SshHostKey {
        key: plain(reply.host_key, certificate.as_ref())?,
        proof,
        key_exchange: chosen.to_owned(),
        signature_algorithm: facts::format_of(reply.signature),
        certificate: match &certificate {
            Some(read) => Some(facts::certificate(reply.host_key, read)?),
            None => None,
        },
    })
}

/// The key by itself, which is what users compare.
fn plain(blob: &[u8], certificate: Option<&Certificate<'_>>) -> Result<SshPublicKey, WireError> {
    match certificate {
        Some(certificate) => facts::public_key(&certificate.key.write()),
        None => facts::public_key(blob),
    }
}
