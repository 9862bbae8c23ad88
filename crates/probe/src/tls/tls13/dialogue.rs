//! A handshake up to the server's Finished, without I/O: bytes in, bytes to send and what was proved out.

use midwatch_model::{Reason, ReasonKind, TlsVersion};
use midwatch_wire::reader::WireError;
use midwatch_wire::tls::alert::Alert;
use midwatch_wire::tls::certificate::{self, Presented};
use midwatch_wire::tls::client_hello::ClientHello;
use midwatch_wire::tls::flight::MAX_FLIGHT;
use midwatch_wire::tls::record::{self, Handshakes, Record, Records};
use midwatch_wire::tls::server_hello::ServerHello;
use ring::error::Unspecified;

use super::exchange::{GROUPS, KeyShare};
use super::proof::{self, With};
use super::protection::Opener;
use super::schedule::{self, SUITES, ServerSecret, Suite};
use super::transcript::Transcript;

/// What the server proved to be its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// Its chain, and what came beside the leaf.
    pub presented: Presented,
    /// The protocol that ALPN chose.
    pub alpn: Option<Vec<u8>>,
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// More bytes are needed.
    More,
    /// These are to be sent first.
    Send(Vec<u8>),
    /// The server's Finished came, and everything before it is proved.
    Done(Met),
}

/// Why a handshake ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server said no.
    Refused(Alert),
    /// What came was not what has to come.
    Wire(WireError),
    /// What came was not proved.
    Unproved(String),
}

impl From<WireError> for Fault {
    fn from(error: WireError) -> Self {
        Fault::Wire(error)
    }
}

impl Fault {
    /// As a report has it.
    pub fn reason(&self, what: &str) -> Reason {
        let (kind, detail) = match self {
            Fault::Refused(alert) => (ReasonKind::Handshake, alert.to_string()),
            Fault::Wire(error @ WireError::TooLarge { .. }) => (ReasonKind::Limit, error.to_string()),
            Fault::Wire(error) => (ReasonKind::Protocol, error.to_string()),
            Fault::Unproved(why) => (ReasonKind::Protocol, why.clone()),
        };
        Reason::new(kind, format!("{what}: {detail}"))
    }
}

/// The record that a client with a session id sends before its second flight, for the sake of middleboxes (RFC 8446
/// appendix D.4).
const CHANGE_CIPHER_SPEC: &[u8] = &[20, 3, 3, 0, 1, 1];

/// What is offered, once and again after a HelloRetryRequest.
#[derive(Debug)]
struct Offer<'a> {
    server_name: Option<&'a str>,
    with: With,
    alpn: &'a [&'a str],
    /// The random and the session id, which a second hello repeats.
    random: [u8; 64],
}

impl Offer<'_> {
    fn hello(&self, key: &KeyShare, cookie: Option<&[u8]>) -> Vec<u8> {
        let hello = ClientHello {
            version: TlsVersion::Tls13,
            suites: &SUITES,
            groups: &GROUPS,
            shares: &[],
            keys: &[(key.group, &key.public)],
            cookie,
            server_name: self.server_name,
            schemes: Some(self.with.schemes()),
            alpn: self.alpn,
            fallback: false,
            compression: false,
        };
        let mut random = self.random.iter().copied();
        hello.message(&mut || random.next().unwrap_or_default())
    }
}

/// The message of the encrypted flight that has to come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    EncryptedExtensions,
    /// Or a CertificateRequest before it.
    Certificate,
    CertificateVerify,
    Finished,
}

/// Reads the encrypted flight.
#[derive(Debug)]
struct Encrypted {
    suite: Suite,
    secret: ServerSecret,
    opener: Opener,
    messages: Handshakes,
    awaited: Awaited,
    requested: bool,
    met: Met,
}

/// A handshake.
#[derive(Debug)]
pub struct Dialogue<'a> {
    offer: Offer<'a>,
    key: Option<KeyShare>,
    transcript: Transcript,
    records: Records,
    plain: Handshakes,
    /// The suite of a HelloRetryRequest, which the ServerHello has to repeat.
    retried: Option<u16>,
    encrypted: Option<Encrypted>,
    taken: usize,
}

impl<'a> Dialogue<'a> {
    /// A handshake and its first bytes, with these protocols for ALPN. `random` is for the hello's random and session
    /// id.
    ///
    /// # Errors
    /// [`Fault::Unproved`] where the system has no randomness.
    pub fn new(
        server_name: Option<&'a str>,
        with: With,
        alpn: &'a [&'a str],
        random: [u8; 64],
    ) -> Result<(Self, Vec<u8>), Fault> {
        let key = key(GROUPS.first().copied().unwrap_or_default())?;
        let offer = Offer { server_name, with, alpn, random };
        let hello = offer.hello(&key, None);
        let mut transcript = Transcript::default();
        transcript.add(&hello);
        let dialogue = Dialogue {
            offer,
            key: Some(key),
            transcript,
            records: Records::default(),
            plain: Handshakes::default(),
            retried: None,
            encrypted: None,
            taken: 0,
        };
        // The version of a first hello's record (RFC 8446 section 5.1).
        Ok((dialogue, record::records(0x0301, &hello)))
    }

    /// Takes bytes as they came.
    ///
    /// # Errors
    /// A [`Fault`], after which the handshake is of no use.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        self.taken = self.taken.saturating_add(bytes.len());
        if self.taken > MAX_FLIGHT {
            let what = "the server's first flight";
            return Err(WireError::TooLarge { what, limit: MAX_FLIGHT }.into());
        }
        self.records.push(bytes);
        while let Some(record) = self.records.next_record()? {
            match self.take(record)? {
                Step::More => {}
                step => return Ok(step),
            }
        }
        Ok(Step::More)
    }

    /// A dialogue after a ServerHello, with keys that everybody knows.
    pub fn encrypted(with: With) -> Option<Self> {
        let suite = schedule::suite(*SUITES.first()?)?;
        let (mut dialogue, _) = Dialogue::new(None, with, &[], [0; 64]).ok()?;
        let secret = ServerSecret::new(suite, &[0; 32], &[]).ok()?;
        dialogue.encrypted = Some(Encrypted::new(suite, secret).ok()?);
        Some(dialogue)
    }

    /// Takes what a record was opened to hold.
    ///
    /// # Errors
    /// As [`Dialogue::push`].
    pub fn push_opened(&mut self, content: &[u8]) -> Result<Step, Fault> {
        match &mut self.encrypted {
            Some(encrypted) => encrypted.take(content, &mut self.transcript, self.offer.with),
            None => Err(unexpected("a protected record before the ServerHello")),
        }
    }

    fn take(&mut self, record: Record) -> Result<Step, Fault> {
        match (record.kind, &mut self.encrypted) {
            // Sent for the sake of middleboxes, and to be dropped (RFC 8446 section 5).
            (20, _) if record.fragment == [1] => Ok(Step::More),
            (21, _) => alert(&record.fragment),
            (22, None) => {
                self.plain.push(&record.fragment);
                self.take_hello()
            }
            (23, Some(encrypted)) => {
                let (kind, content) = encrypted.opener.open(record)?;
                match kind {
                    21 => alert(&content),
                    22 => self.push_opened(&content),
                    kind => Err(unexpected(&format!("content of type {kind}"))),
                }
            }
            (kind, _) => Err(unexpected(&format!("a record of type {kind}"))),
        }
    }

    fn take_hello(&mut self) -> Result<Step, Fault> {
        let Some((kind, body)) = self.plain.next_message()? else { return Ok(Step::More) };
        if kind != 2 {
            return Err(unexpected(&format!("handshake message {kind}")));
        }
        // Messages do not lie across a change of keys (RFC 8446 section 5.1).
        if !self.plain.is_empty() {
            return Err(unexpected("more behind the ServerHello in the clear"));
        }
        let hello = ServerHello::read(&body)?;
        let message = record::handshake_message(kind, &body);
        let suite = schedule::suite(hello.suite).filter(|_| hello.version == TlsVersion::Tls13);
        let suite = suite.filter(|_| self.retried.is_none_or(|retried| retried == hello.suite));
        let Some(suite) = suite else {
            return Err(unexpected("a ServerHello with a version or suite that was not offered"));
        };
        if hello.retry { self.retry(&hello, suite, &message) } else { self.agree(&hello, suite, &message) }
    }

    /// A HelloRetryRequest: once, and with something that was not there before.
    fn retry(&mut self, hello: &ServerHello, suite: Suite, message: &[u8]) -> Result<Step, Fault> {
        let before = self.key.as_ref().map(|key| key.group);
        let group = hello.group.filter(|group| GROUPS.contains(group) && before != Some(*group));
        let useless = group.is_none() && (hello.group.is_some() || hello.cookie.is_none());
        if useless || self.retried.is_some() {
            return Err(unexpected("a HelloRetryRequest that cannot be followed"));
        }
        if let Some(group) = group {
            self.key = Some(key(group)?);
        }
        let Some(key) = &self.key else { return Err(unexpected("a HelloRetryRequest")) };
        self.retried = Some(hello.suite);
        self.transcript.retry(suite.hash);
        self.transcript.add(message);
        let second = self.offer.hello(key, hello.cookie.as_deref());
        self.transcript.add(&second);
        Ok(Step::Send([CHANGE_CIPHER_SPEC, &record::records(0x0303, &second)].concat()))
    }

    fn agree(&mut self, hello: &ServerHello, suite: Suite, message: &[u8]) -> Result<Step, Fault> {
        self.transcript.add(message);
        let key = self.key.take().filter(|key| hello.group == Some(key.group));
        let (Some(key), Some(theirs)) = (key, &hello.share) else {
            return Err(unexpected("a ServerHello without a key share of the group that was offered"));
        };
        let shared = key
            .agree(theirs)
            .map_err(|_| Fault::Unproved("the server's key share is no public key of its group".into()))?;
        let secret = ServerSecret::new(suite, &shared, self.transcript.hash(suite.hash).as_ref());
        let secret = secret.map_err(no_keys)?;
        self.encrypted = Some(Encrypted::new(suite, secret).map_err(no_keys)?);
        Ok(Step::More)
    }
}

impl Encrypted {
    fn new(suite: Suite, secret: ServerSecret) -> Result<Self, Unspecified> {
        let opener = Opener::new(secret.traffic_key()?);
        Ok(Encrypted {
            suite,
            secret,
            opener,
            messages: Handshakes::default(),
            awaited: Awaited::EncryptedExtensions,
            requested: false,
            met: Met::default(),
        })
    }

    fn take(&mut self, content: &[u8], transcript: &mut Transcript, with: With) -> Result<Step, Fault> {
        self.messages.push(content);
        while let Some((kind, body)) = self.messages.next_message()? {
            if self.message(kind, &body, transcript, with)? {
                if !self.messages.is_empty() {
                    return Err(unexpected("more behind the Finished under its keys"));
                }
                return Ok(Step::Done(std::mem::take(&mut self.met)));
            }
            transcript.add(&record::handshake_message(kind, &body));
        }
        Ok(Step::More)
    }

    /// Takes one message; true after the Finished. `transcript` reaches up to the message before.
    fn message(&mut self, kind: u8, body: &[u8], transcript: &Transcript, with: With) -> Result<bool, Fault> {
        let hash = || transcript.hash(self.suite.hash);
        match (self.awaited, kind) {
            (Awaited::EncryptedExtensions, 8) => {
                self.met.alpn = certificate::alpn(body)?;
                self.awaited = Awaited::Certificate;
            }
            (Awaited::Certificate, 13) if !self.requested => self.requested = true,
            (Awaited::Certificate, 11) => {
                self.met.presented = certificate::in_13(body)?;
                self.awaited = Awaited::CertificateVerify;
            }
            (Awaited::CertificateVerify, 15) => {
                let proof = certificate::verify(body)?;
                let leaf = self.met.presented.certificates.first().map_or(&[][..], Vec::as_slice);
                proof::verify(&proof, with, leaf, hash().as_ref()).map_err(Fault::Unproved)?;
                self.awaited = Awaited::Finished;
            }
            (Awaited::Finished, 20) => {
                let finished = self.secret.verify_finished(hash().as_ref(), body);
                finished.map_err(|_| Fault::Unproved("the server's Finished is wrong".into()))?;
                return Ok(true);
            }
            (awaited, kind) => {
                return Err(unexpected(&format!("handshake message {kind} in the place of {awaited:?}")));
            }
        }
        Ok(false)
    }
}

fn key(group: u16) -> Result<KeyShare, Fault> {
    KeyShare::new(group).map_err(|_| Fault::Unproved("no key could be made for the handshake".into()))
}

fn no_keys(_: Unspecified) -> Fault {
    Fault::Unproved("no keys could be derived for the handshake".into())
}

fn alert(fragment: &[u8]) -> Result<Step, Fault> {
    let alert = Alert::read(fragment)?;
    if alert.is_warning() { Ok(Step::More) } else { Err(Fault::Refused(alert)) }
}

fn unexpected(what: &str) -> Fault {
    Fault::Wire(WireError::Invalid(format!("unexpected in a TLS 1.3 handshake: {what}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::trace::*;
    use super::*;

    fn start() -> Dialogue<'static> {
        Dialogue::new(Some("shop.test"), With::Rsa, &["h2", "http/1.1"], [7; 64]).expect("a dialogue").0
    }

    /// A dialogue after the ServerHello of RFC 8448 section 3.
    fn of_the_example() -> Dialogue<'static> {
        let mut dialogue = start();
        let suite = schedule::suite(0x1301).expect("a suite");
        dialogue.transcript = Transcript::default();
        dialogue.transcript.add(&hex(CLIENT_HELLO));
        dialogue.transcript.add(&hex(SERVER_HELLO));
        let hash = dialogue.transcript.hash(suite.hash);
        let secret = ServerSecret::new(suite, &hex(SHARED), hash.as_ref()).expect("a secret");
        dialogue.encrypted = Some(Encrypted::new(suite, secret).expect("keys"));
        dialogue
    }

    #[test]
    fn the_example_of_rfc_8448_is_opened_up_to_its_small_key() {
        let mut dialogue = of_the_example();
        let error =
            dialogue.push(&hex(RECORD)).expect_err("an RSA key of 1024 bits, which ring does not take");
        assert!(matches!(&error, Fault::Unproved(why) if why.contains("rsa_pss_rsae_sha256")), "{error:?}");
        let encrypted = dialogue.encrypted.expect("the encrypted part");
        assert_eq!(encrypted.met.presented.certificates.iter().map(Vec::len).collect::<Vec<_>>(), [432]);
        assert_eq!(encrypted.awaited, Awaited::CertificateVerify);
    }

    #[test]
    fn the_finished_of_rfc_8448_is_proved_and_another_is_not() {
        let mut dialogue = of_the_example();
        let encrypted = dialogue.encrypted.as_mut().expect("the encrypted part");
        let record = {
            let mut records = Records::default();
            records.push(&hex(RECORD));
            records.next_record().expect("a record").expect("a whole one")
        };
        let (kind, content) = encrypted.opener.open(record).expect("opened");
        assert_eq!((kind, content.len()), (22, 657));
        // Everything but the Finished, which has 36 bytes.
        let (before, finished) = content.split_at(content.len() - 36);
        dialogue.transcript.add(before);
        encrypted.awaited = Awaited::Finished;
        let body = &finished[4..];
        assert_eq!(encrypted.message(20, body, &dialogue.transcript, With::Rsa), Ok(true));
        let mut wrong = body.to_vec();
        wrong[0] ^= 1;
        assert!(encrypted.message(20, &wrong, &dialogue.transcript, With::Rsa).is_err());
        assert!(encrypted.message(20, &body[..31], &dialogue.transcript, With::Rsa).is_err());
        dialogue.transcript.add(&[0]);
        assert!(encrypted.message(20, body, &dialogue.transcript, With::Rsa).is_err());
    }

    #[test]
    fn a_changed_record_ends_it() {
        for at in [5, 300, 678] {
            let mut record = hex(RECORD);
            record[at] ^= 1;
            assert!(matches!(of_the_example().push(&record), Err(Fault::Wire(_))), "{at}");
        }
    }

    fn server_hello(suite: u16, extensions: &[u8]) -> Vec<u8> {
        hello_with([9; 32], suite, extensions)
    }

    fn hello_with(random: [u8; 32], suite: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend(random);
        body.push(0);
        body.extend(suite.to_be_bytes());
        body.push(0);
        let mut all = vec![0, 43, 0, 2, 3, 4];
        all.extend_from_slice(extensions);
        body.extend((all.len() as u16).to_be_bytes());
        body.extend(all);
        record::handshake_records(0x0303, 2, &body)
    }

    /// The random of a HelloRetryRequest.
    fn retry(suite: u16, extensions: &[u8]) -> Vec<u8> {
        let random = ring::digest::digest(&ring::digest::SHA256, b"HelloRetryRequest");
        hello_with(random.as_ref().try_into().expect("32 bytes"), suite, extensions)
    }

    #[test]
    fn a_retry_is_followed_once() {
        let p256 = [0, 51, 0, 2, 0, 0x17];
        let cookie = [0, 44, 0, 4, 0, 2, 5, 6];
        let mut dialogue = start();
        let Ok(Step::Send(second)) = dialogue.push(&retry(0x1301, &[&p256[..], &cookie].concat())) else {
            panic!("a second hello")
        };
        assert!(second.windows(8).any(|window| window == cookie), "the cookie goes back");
        assert!(second.windows(4).any(|window| window == [0, 0x17, 0, 65]), "a share of the group");
        assert!(dialogue.push(&retry(0x1301, &[0, 51, 0, 2, 0, 0x18])).is_err(), "a second retry");
        let mut dialogue = start();
        assert!(matches!(dialogue.push(&retry(0x1301, &cookie)), Ok(Step::Send(_))), "a cookie alone");
        assert!(dialogue.push(&server_hello(0x1302, &[])).is_err(), "another suite than that of the retry");
        // A group that was shared already, one that was not offered, and nothing to change.
        for useless in [&[0, 51, 0, 2, 0, 0x1d][..], &[0, 51, 0, 2, 0x11, 0xec], &[]] {
            assert!(start().push(&retry(0x1301, useless)).is_err(), "{useless:?}");
        }
    }

    #[test]
    fn what_was_not_offered_or_comes_at_the_wrong_time_ends_it() {
        let no_secret = [&[0, 51, 0, 36, 0, 0x1d, 0, 32][..], &[0; 32]].concat();
        let other_group = [&[0, 51, 0, 69, 0, 0x17, 0, 65][..], &[4; 65]].concat();
        for wrong in [
            server_hello(0x1301, &no_secret),
            server_hello(0x1301, &other_group),
            server_hello(0x1301, &[]),
            server_hello(0x1304, &no_secret),
            hex(RECORD),
            vec![22, 3, 3, 0, 4, 14, 0, 0, 0],
            vec![20, 3, 3, 0, 1, 2],
            vec![24, 3, 3, 0, 1, 2],
            b"HTTP/1.1 400 Bad Request\r\n".to_vec(),
        ] {
            assert!(start().push(&wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(
            start().push(&[21, 3, 3, 0, 2, 2, 40]).expect_err("an alert"),
            Fault::Refused(Alert { level: 2, description: 40 })
        );
        let mut plain = of_the_example();
        assert!(plain.push(&[22, 3, 3, 0, 4, 8, 0, 0, 0]).is_err(), "not encrypted any more");
    }

    #[test]
    fn what_never_ends_is_cut() {
        let mut dialogue = start();
        // Change after change, for the sake of nobody.
        let many = [20, 3, 3, 0, 1, 1].repeat(10_000);
        let error = (0..100).find_map(|_| dialogue.push(&many).err()).expect("an end");
        assert!(matches!(error, Fault::Wire(WireError::TooLarge { .. })), "{error:?}");
        let mut dialogue = start();
        let huge = dialogue.push(&[22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff]);
        assert!(matches!(huge, Err(Fault::Wire(WireError::TooLarge { .. }))), "{huge:?}");
    }

    /// Seals records with the server's key of the example.
    struct Server {
        key: ring::aead::LessSafeKey,
        iv: [u8; 12],
        sequence: u64,
    }

    impl Server {
        fn new(dialogue: &Dialogue<'_>) -> Server {
            let encrypted = dialogue.encrypted.as_ref().expect("the encrypted part");
            let (key, iv) = encrypted.secret.traffic_key().expect("a key");
            Server { key, iv, sequence: 0 }
        }

        fn seal(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
            let mut nonce = self.iv;
            nonce
                .iter_mut()
                .rev()
                .zip(self.sequence.to_le_bytes())
                .for_each(|(octet, number)| *octet ^= number);
            self.sequence += 1;
            let mut fragment = [content, &[kind]].concat();
            let [high, low] = ((fragment.len() + 16) as u16).to_be_bytes();
            let header = [23, 3, 3, high, low];
            let nonce = ring::aead::Nonce::assume_unique_for_key(nonce);
            let aad = ring::aead::Aad::from(header);
            self.key.seal_in_place_append_tag(nonce, aad, &mut fragment).expect("sealed");
            [&header[..], &fragment].concat()
        }
    }

    const NO_EXTENSIONS: &[u8] = &[8, 0, 0, 2, 0, 0];

    #[test]
    fn a_sealed_flight_without_end_is_cut() {
        // A Certificate message of 16 MiB: its length alone is enough.
        let mut dialogue = of_the_example();
        let mut server = Server::new(&dialogue);
        assert!(matches!(dialogue.push(&server.seal(22, NO_EXTENSIONS)), Ok(Step::More)));
        let huge = dialogue.push(&server.seal(22, &[11, 0xff, 0xff, 0xff, 0]));
        assert!(matches!(huge, Err(Fault::Wire(WireError::TooLarge { .. }))), "{huge:?}");
        // A message as long as may be, octet by octet.
        let mut dialogue = of_the_example();
        let mut server = Server::new(&dialogue);
        let mut ended = dialogue.push(&server.seal(22, &[8, 7, 0xff, 0xff])).err();
        for _ in 0..100_000 {
            ended = ended.or_else(|| dialogue.push(&server.seal(22, &[0])).err());
        }
        assert!(matches!(ended, Some(Fault::Wire(WireError::TooLarge { .. }))), "{ended:?}");
        // Warnings for ever.
        let mut dialogue = of_the_example();
        let mut server = Server::new(&dialogue);
        let ended = (0..100_000).find_map(|_| dialogue.push(&server.seal(21, &[1, 112])).err());
        assert!(matches!(ended, Some(Fault::Wire(WireError::TooLarge { .. }))), "{ended:?}");
    }

    #[test]
    fn sealed_messages_out_of_order_end_it() {
        for (first, second) in [
            (&[20, 0, 0, 0][..], &[][..]),
            (&[11, 0, 0, 4, 0, 0, 0, 0], &[]),
            (NO_EXTENSIONS, NO_EXTENSIONS),
            (NO_EXTENSIONS, &[15, 0, 0, 4, 8, 4, 0, 0]),
            (NO_EXTENSIONS, &[25, 0, 0, 0]),
            // A chain without a certificate, and its proof.
            (&[NO_EXTENSIONS, &[11, 0, 0, 4, 0, 0, 0, 0]].concat(), &[15, 0, 0, 4, 8, 4, 0, 0]),
        ] {
            let mut dialogue = of_the_example();
            let mut server = Server::new(&dialogue);
            let mut ended = dialogue.push(&server.seal(22, first)).err();
            if !second.is_empty() {
                assert_eq!(ended, None, "{first:?}");
                ended = dialogue.push(&server.seal(22, second)).err();
            }
            assert!(ended.is_some(), "{first:?} {second:?}");
        }
        // What belongs after the handshake.
        let mut dialogue = of_the_example();
        let mut server = Server::new(&dialogue);
        assert!(dialogue.push(&server.seal(23, b"HTTP")).is_err());
        let mut dialogue = of_the_example();
        let mut server = Server::new(&dialogue);
        let alert = dialogue.push(&server.seal(21, &[2, 80])).expect_err("an alert");
        assert_eq!(alert, Fault::Refused(Alert { level: 2, description: 80 }));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            kind in any::<u8>(),
            awaited in 0_usize..4,
        ) {
            let _ = start().push(&bytes);
            let _ = start().push(&record::handshake_records(0x0303, 2, &bytes));
            let mut dialogue = of_the_example();
            let encrypted = dialogue.encrypted.as_mut().expect("the encrypted part");
            encrypted.awaited = [
                Awaited::EncryptedExtensions,
                Awaited::Certificate,
                Awaited::CertificateVerify,
                Awaited::Finished,
            ][awaited];
            prop_assert_ne!(encrypted.message(kind, &bytes, &dialogue.transcript, With::Ecdsa), Ok(true));
        }
    }
}
