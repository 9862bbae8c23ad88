//! The order of messages in a full handshake with ECDHE-ECDSA (RFC 2246 7.3, RFC 8422 5).

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey, SecretKey};
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncRead, AsyncWrite};

use super::hello::{Hello, take_vector8};
use super::keys::{finished, key_block, master_secret};
use super::record::{ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE, Protection, RecordReader, RecordWriter};
use super::{Failure, OldTls};

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;
const CLIENT_KEY_EXCHANGE: u8 = 16;
const FINISHED: u8 = 20;

/// Longest handshake message that is read. Hellos with every suite and many key shares stay far below.
const MESSAGE_MAX: usize = 64 * 1024;

/// Runs the server's side. Afterwards both directions are protected.
pub(super) async fn run<R, W>(
    server: &OldTls,
    reader: &mut RecordReader<R>,
    writer: &mut RecordWriter<W>,
) -> Result<(), Failure>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut messages = Messages::default();
    let hello = Hello::choose(&messages.read(reader, CLIENT_HELLO).await?)?;
    let (version, suite) = (hello.version, hello.suite);
    writer.set_version(version);
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| Failure::INTERNAL)?;
    let ephemeral = ephemeral_key()?;

    let mut flight = Vec::new();
    messages.add(&mut flight, SERVER_HELLO, &server_hello(&hello, &random))?;
    messages.add(&mut flight, CERTIFICATE, &certificate(&server.certificate)?)?;
    messages.add(&mut flight, SERVER_KEY_EXCHANGE, &key_exchange(server, &hello, &random, &ephemeral)?)?;
    messages.add(&mut flight, SERVER_HELLO_DONE, &[])?;
    writer.write(HANDSHAKE, &flight).await?;

    let answer = messages.read(reader, CLIENT_KEY_EXCHANGE).await?;
    let premaster = agree(&ephemeral, &answer)?;
    let master = master_secret(&premaster, &hello.random, &random)?;
    let (client_keys, server_keys) = key_block(&master, &hello.random, &random, suite)?;

    messages.change_cipher_spec(reader).await?;
    reader.protect(Protection::reading(version, suite, &client_keys)?);
    let expected = finished(&master, b"client finished", &messages.transcript)?;
    if messages.read(reader, FINISHED).await? != expected {
        return Err(Failure::DECRYPT);
    }

    writer.write(CHANGE_CIPHER_SPEC, &[1]).await?;
    writer.protect(Protection::writing(version, suite, &server_keys)?);
    let verify = finished(&master, b"server finished", &messages.transcript)?;
    let mut last = Vec::new();
    messages.add(&mut last, FINISHED, &verify)?;
    writer.write(HANDSHAKE, &last).await
}

/// Handshake messages, in both directions.
#[derive(Default)]
struct Messages {
    /// All messages so far with their headers, for Finished.
    transcript: Vec<u8>,
    /// Handshake bytes that were read and belong to a later message.
    pending: Vec<u8>,
}

impl Messages {
    /// The body of the next message, which must be of this kind. Puts it together from records.
    async fn read<R>(&mut self, reader: &mut RecordReader<R>, expected: u8) -> Result<Vec<u8>, Failure>
    where
        R: AsyncRead + Unpin,
    {
        loop {
            if let [kind, high, middle, low, ..] = *self.pending {
                let length = u32::from_be_bytes([0, high, middle, low]) as usize;
                if kind != expected {
                    return Err(Failure::UNEXPECTED);
                }
                if length > MESSAGE_MAX {
                    return Err(Failure::DECODE);
                }
                if self.pending.len() >= 4 + length {
                    let message: Vec<u8> = self.pending.drain(..4 + length).collect();
                    self.transcript.extend_from_slice(&message);
                    return Ok(message.into_iter().skip(4).collect());
                }
            }
            match reader.read().await? {
                // An empty fragment brings nothing on, and could go on for ever.
                (HANDSHAKE, data) if !data.is_empty() => self.pending.extend(data),
                // The peer has said why it goes; there is no answer to that.
                (ALERT, _) => return Err(Failure { alert: None }),
                _ => return Err(Failure::UNEXPECTED),
            }
        }
    }

    /// Reads ChangeCipherSpec, which must stand between two handshake messages.
    async fn change_cipher_spec<R>(&mut self, reader: &mut RecordReader<R>) -> Result<(), Failure>
    where
        R: AsyncRead + Unpin,
    {
        match reader.read().await? {
            (CHANGE_CIPHER_SPEC, data) if data == [1] && self.pending.is_empty() => Ok(()),
            (ALERT, _) => Err(Failure { alert: None }),
            _ => Err(Failure::UNEXPECTED),
        }
    }

    /// Adds a message to a flight.
    fn add(&mut self, flight: &mut Vec<u8>, kind: u8, body: &[u8]) -> Result<(), Failure> {
        let mut message = vec![kind];
        message.extend(length24(body.len())?);
        message.extend_from_slice(body);
        self.transcript.extend_from_slice(&message);
        flight.extend(message);
        Ok(())
    }
}

fn length24(length: usize) -> Result<[u8; 3], Failure> {
    match u32::try_from(length).map_err(|_| Failure::INTERNAL)?.to_be_bytes() {
        [0, high, middle, low] => Ok([high, middle, low]),
        _ => Err(Failure::INTERNAL),
    }
}

/// A fresh P-256 key.
fn ephemeral_key() -> Result<SecretKey, Failure> {
    // One number in 2^32 or so is no key: try again.
    for _ in 0..8 {
        let mut number = [0; 32];
        getrandom::fill(&mut number).map_err(|_| Failure::INTERNAL)?;
        if let Ok(key) = SecretKey::from_slice(&number) {
            return Ok(key);
        }
    }
    Err(Failure::INTERNAL)
}

fn server_hello(hello: &Hello, random: &[u8; 32]) -> Vec<u8> {
    let mut body = hello.version.bytes().to_vec();
    body.extend(random);
    // No session is kept.
    body.push(0);
    body.extend(hello.suite.number().to_be_bytes());
    body.push(0);
    if hello.point_formats {
        // ec_point_formats with `uncompressed` alone.
        body.extend([0, 6, 0, 11, 0, 2, 1, 0]);
    }
    body
}

fn certificate(der: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut body = length24(der.len() + 3)?.to_vec();
    body.extend(length24(der.len())?);
    body.extend_from_slice(der);
    Ok(body)
}

/// ServerKeyExchange: the ephemeral key on secp256r1, and an ECDSA signature over SHA-1 of it and both randoms
/// (RFC 8422 5.4).
fn key_exchange(
    server: &OldTls,
    hello: &Hello,
    random: &[u8; 32],
    ephemeral: &SecretKey,
) -> Result<Vec<u8>, Failure> {
    let point = ephemeral.public_key().to_sec1_point(false);
    let mut body = vec![3, 0, 23];
    body.push(u8::try_from(point.as_bytes().len()).map_err(|_| Failure::INTERNAL)?);
    body.extend_from_slice(point.as_bytes());
    let digest = Sha1::new().chain_update(hello.random).chain_update(random).chain_update(&body).finalize();
    let signature: Signature =
        SigningKey::from(&server.key).sign_prehash(&digest).map_err(|_| Failure::INTERNAL)?;
    let signature = signature.to_der();
    let length = u16::try_from(signature.as_bytes().len()).map_err(|_| Failure::INTERNAL)?;
    body.extend(length.to_be_bytes());
    body.extend_from_slice(signature.as_bytes());
    Ok(body)
}

/// The premaster secret from ClientKeyExchange.
fn agree(ephemeral: &SecretKey, answer: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut rest = answer;
    let point = take_vector8(&mut rest)?;
    if !rest.is_empty() {
        return Err(Failure::DECODE);
    }
    let peer = PublicKey::from_sec1_bytes(point).map_err(|_| Failure::ILLEGAL)?;
    let shared = p256::ecdh::diffie_hellman(ephemeral.to_nonzero_scalar(), peer.as_affine());
    Ok(shared.raw_secret_bytes().to_vec())
}
