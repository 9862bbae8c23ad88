//! Small servers whose connections begin in plain text, sound but for one fault.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::Wire;
use crate::pki::Identity;

/// The protocol that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SMTP.
    Smtp,
    /// IMAP.
    Imap,
    /// POP3.
    Pop3,
    /// ManageSieve.
    Sieve,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: what came in plain text with the request is thrown away.
    None,
    /// What came in plain text with the request is carried out inside TLS.
    KeepsCommands,
    /// What came in plain text with the request is carried out before TLS.
    AnswersInPlain,
    /// Closes where anything comes in plain text with the request.
    EndsOnMore,
    /// Says this in plain text after its go-ahead, then goes on with TLS.
    SaysMore(Vec<u8>),
    /// Says nothing any more after its go-ahead.
    Silent,
    /// Takes the request and does not offer it.
    Hides,
    /// Turns away so many connections, then is sound.
    TurnsAway(usize),
    /// Turns away every second connection.
    TurnsAwayEverySecond,
    /// Its greeting, one octet each half second.
    Drips,
    /// Refuses TLS that it offers, for now.
    NotNow,
    /// Loses the connections with these numbers, counted from 1.
    Loses(RangeInclusive<usize>, Loss),
    /// Keeps the client waiting for so long before it greets, and ends where it speaks before.
    GreetsLate(Duration),
}

/// How a connection is lost that somebody counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It is closed before the greeting.
    AtOnce,
    /// It is closed when TLS is asked for, without a word.
    AtRequest,
    /// The server takes leave when TLS is asked for, and says so.
    WithWords,
}

/// A certificate with its key, ready for TLS.
#[derive(Debug)]
pub struct Keys(Arc<ServerConfig>);

impl Keys {
    /// Of this identity.
    ///
    /// # Panics
    /// When the files hold no certificate and key.
    pub fn of(identity: &Identity) -> Arc<Keys> {
        let chain = CertificateDer::pem_file_iter(&identity.chain).expect("a chain");
        let chain = chain.map(|certificate| certificate.expect("a certificate")).collect();
        let key = PrivateKeyDer::from_pem_file(&identity.key).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate and its key");
        Arc::new(Keys(Arc::new(config)))
    }
}

/// What one line of the client is answered with.
enum Answer {
    Says(String),
    Tls(String),
    Ends(String),
}

/// Serves one connection.
pub(super) fn serve(wire: &mut Wire<'_>, dialect: Dialect, fault: &Fault, keys: &Keys) -> io::Result<()> {
    let number = wire.state.connections.load(Ordering::SeqCst);
    let turned_away = match fault {
        Fault::TurnsAway(most) => number <= *most,
        Fault::TurnsAwayEverySecond => number.is_multiple_of(2),
        _ => false,
    };
    if turned_away {
        wire.write_all(dialect.busy().as_bytes())?;
        return wire.drain();
    }
    let loss = match fault {
        Fault::Loses(which, loss) if which.contains(&number) => Some(*loss),
        _ => None,
    };
    match fault {
        _ if loss == Some(Loss::AtOnce) => return Ok(()),
        Fault::GreetsLate(wait) => wire.wait(*wait)?,
        Fault::Drips => {
            for octet in dialect.greeting(fault).bytes() {
                wire.write_all(&[octet])?;
                wire.wait(Duration::from_millis(500))?;
            }
        }
        _ => {}
    }
    if *fault != Fault::Drips {
        wire.write_all(dialect.greeting(fault).as_bytes())?;
    }
    // In plain text, until the request.
    let mut came: Vec<u8> = Vec::new();
    let mut lines: VecDeque<String> = VecDeque::new();
    loop {
        let Some(line) = lines.pop_front() else {
            let more = wire.read_some(16 * 1024)?;
            if more.is_empty() {
                return Ok(());
            }
            came.extend(more);
            take_lines(&mut came, &mut lines);
            continue;
        };
        match dialect.answer(&line, false, fault) {
            Answer::Says(text) => wire.write_all(text.as_bytes())?,
            Answer::Ends(text) => {
                wire.write_all(text.as_bytes())?;
                return wire.drain();
            }
            Answer::Tls(_) if loss == Some(Loss::AtRequest) => return Ok(()),
            Answer::Tls(_) if loss == Some(Loss::WithWords) => {
                wire.write_all(dialect.busy().as_bytes())?;
                return wire.drain();
            }
            Answer::Tls(text) => {
                if *fault == Fault::EndsOnMore && !lines.is_empty() {
                    return Ok(());
                }
                wire.write_all(text.as_bytes())?;
                break;
            }
        }
    }
    match fault {
        Fault::Silent => return wire.wait(Duration::MAX),
        Fault::SaysMore(more) => wire.write_all(more)?,
        Fault::AnswersInPlain => {
            for line in lines.drain(..) {
                if let Answer::Says(text) | Answer::Ends(text) = dialect.answer(&line, false, fault) {
                    wire.write_all(text.as_bytes())?;
                }
            }
        }
        Fault::KeepsCommands => {}
        _ => lines.clear(),
    }
    inside(wire, dialect, fault, keys, lines)
}

fn inside(
    wire: &mut Wire<'_>,
    dialect: Dialect,
    fault: &Fault,
    keys: &Keys,
    mut lines: VecDeque<String>,
) -> io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(&keys.0)).map_err(io::Error::other)?;
    let copy = Wire { stream: wire.stream.try_clone()?, state: wire.state };
    let mut stream = StreamOwned::new(connection, copy);
    if dialect == Dialect::Sieve {
        stream.write_all(dialect.greeting(fault).as_bytes())?;
    }
    let mut came = Vec::new();
    loop {
        let Some(line) = lines.pop_front() else {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            came.extend_from_slice(&buffer[..count]);
            take_lines(&mut came, &mut lines);
            continue;
        };
        match dialect.answer(&line, true, fault) {
            Answer::Says(text) | Answer::Tls(text) => stream.write_all(text.as_bytes())?,
            Answer::Ends(text) => {
                stream.write_all(text.as_bytes())?;
                stream.conn.send_close_notify();
                return stream.flush();
            }
        }
    }
}

fn take_lines(came: &mut Vec<u8>, lines: &mut VecDeque<String>) {
    while let Some(end) = came.iter().position(|&octet| octet == b'\n') {
        let line: Vec<u8> = came.drain(..=end).collect();
        lines.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
}

impl Dialect {
    fn greeting(self, fault: &Fault) -> String {
        let tls = if *fault == Fault::Hides { "" } else { "\"STARTTLS\"\r\n" };
        match self {
            Dialect::Smtp => "220 hostile.example ESMTP\r\n".into(),
            Dialect::Imap => "* OK hostile\r\n".into(),
            Dialect::Pop3 => "+OK hostile\r\n".into(),
            Dialect::Sieve => format!("\"IMPLEMENTATION\" \"hostile\"\r\n\"SASL\" \"\"\r\n{tls}OK\r\n"),
        }
    }

    fn busy(self) -> &'static str {
        match self {
            Dialect::Smtp => "421 4.7.0 hostile.example: too many connections from you\r\n",
            Dialect::Imap => "* BYE too many connections\r\n",
            Dialect::Pop3 => "-ERR [SYS/TEMP] too many connections\r\n",
            Dialect::Sieve => "BYE \"too many connections\"\r\n",
        }
    }

    fn answer(self, line: &str, inside: bool, fault: &Fault) -> Answer {
        let offers = !inside && *fault != Fault::Hides;
        let upper = line.to_ascii_uppercase();
        let (tag, word) = match self {
            Dialect::Imap => upper.split_once(' ').unwrap_or(("*", &upper)),
            _ => ("", upper.as_str()),
        };
        let tag = tag.to_ascii_lowercase();
        let verb = word.split(' ').next().unwrap_or_default();
        let says = |text: String| Answer::Says(text);
        match (self, verb) {
            (_, "STARTTLS" | "STLS") if *fault == Fault::NotNow => says(match self {
                Dialect::Smtp => "454 4.7.0 TLS not available due to local problem\r\n".into(),
                Dialect::Imap => format!("{tag} NO [UNAVAILABLE] not now\r\n"),
                Dialect::Pop3 => "-ERR [SYS/TEMP] not now\r\n".into(),
                Dialect::Sieve => "NO (TRYLATER) \"not now\"\r\n".into(),
            }),
            (Dialect::Smtp, "STARTTLS") => Answer::Tls("220 2.0.0 go\r\n".into()),
            (Dialect::Smtp, "EHLO") if offers => says("250-hostile.example\r\n250 STARTTLS\r\n".into()),
            (Dialect::Smtp, "EHLO") => says("250-hostile.example\r\n250 AUTH PLAIN\r\n".into()),
            (Dialect::Smtp, "NOOP") => says("250 2.0.0 ok\r\n".into()),
            (Dialect::Smtp, "QUIT") => Answer::Ends("221 2.0.0 bye\r\n".into()),
            (Dialect::Smtp, _) => says("502 5.5.2 what\r\n".into()),
            (Dialect::Imap, "STARTTLS") => Answer::Tls(format!("{tag} OK go\r\n")),
            (Dialect::Imap, "CAPABILITY") => {
                let more = if offers { " STARTTLS LOGINDISABLED" } else { " AUTH=PLAIN" };
                says(format!("* CAPABILITY IMAP4rev1{more}\r\n{tag} OK done\r\n"))
            }
            (Dialect::Imap, "NOOP") => says(format!("{tag} OK done\r\n")),
            (Dialect::Imap, "LOGOUT") => Answer::Ends(format!("* BYE out\r\n{tag} OK done\r\n")),
            (Dialect::Imap, _) => says(format!("{tag} BAD what\r\n")),
            (Dialect::Pop3, "STLS") => Answer::Tls("+OK go\r\n".into()),
            (Dialect::Pop3, "CAPA") => {
                let more = if offers { "STLS" } else { "USER" };
                says(format!("+OK\r\nTOP\r\n{more}\r\n.\r\n"))
            }
            (Dialect::Pop3, "QUIT") => Answer::Ends("+OK bye\r\n".into()),
            (Dialect::Pop3, _) => says("-ERR what\r\n".into()),
            (Dialect::Sieve, "STARTTLS") => Answer::Tls("OK \"go\"\r\n".into()),
            (Dialect::Sieve, "CAPABILITY") => says(self.greeting(fault)),
            (Dialect::Sieve, "NOOP") => {
                let word = line.split('"').nth(1).unwrap_or_default();
                says(format!("OK (TAG \"{word}\") \"done\"\r\n"))
            }
            (Dialect::Sieve, "LOGOUT") => Answer::Ends("OK \"bye\"\r\n".into()),
            (Dialect::Sieve, _) => says("NO \"what\"\r\n".into()),
        }
    }
}
