//! Dialogues in plain text that end in TLS (STARTTLS and its kin), without I/O: octets in, octets out.
//!
//! A protocol has a file of its own with up to three things, and a line in each of the functions below:
//!
//! - [`plain`]: from the first octet to the server's go-ahead, after which both sides speak TLS;
//! - [`inside`]: what the server says of itself once TLS protects the connection;
//! - [`pipelined`]: how to find out whether a command that was sent in plain text is carried over into TLS.
//!
//! How far each is stands in a [`course`]. Protocols of lines share [`lines`], and those of them that list what they can do up to
//! a dot [`listed`]. Nobody ever logs in.

mod course;
mod ftp;
mod imap;
mod irc;
mod ldap;
mod lines;
mod listed;
mod mysql;
mod nntp;
mod pop3;
mod postgres;
mod sasl;
mod sieve;
mod smtp;
mod xml;
mod xmpp;

use std::fmt;

use midwatch_model::Starttls;

use crate::reader::WireError;

/// Octets of the server that one dialogue reads at most.
pub const MAX_BYTES: usize = 64 * 1024;

/// What the client says of itself and of whom it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The name that the client calls itself by, where the protocol has it do so: an address literal such as
    /// `[192.0.2.1]` (RFC 5321 4.1.3), which is what a client without a name of its own says (4.1.1.1).
    pub client: String,
    /// The name of whom the client wants, where the protocol has it say so.
    pub server: String,
    /// Whether the capabilities are wanted too where TLS could be asked for without them.
    pub capabilities: bool,
    /// Whether the command of [`pipelined`] goes out with the request for TLS, in one piece.
    pub pipelined: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The server's turn: read, and push what came.
    Read,
    /// These octets are to be sent; then it is the server's turn.
    Send(Vec<u8>),
    /// These octets are to be sent; then TLS begins, without a word of the server in between.
    SendAndReady(Vec<u8>),
    /// The server's go-ahead: TLS begins. Whatever the server had sent behind it stands in `after`; it is plain text,
    /// since in TLS the client speaks first.
    Ready {
        /// Octets that came behind the go-ahead.
        after: Vec<u8>,
    },
    /// All that was wanted came. Where the dialogue was one of [`plain`], this cannot be.
    Done,
    /// The server said no.
    Refused(Refusal),
}

/// A server's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What it was the answer to.
    pub to: Stage,
    /// Its words, as text that loses nothing.
    pub words: String,
    /// True where the server says that it may be another time: too many connections, say, or no room.
    pub temporary: bool,
}

/// Where in a dialogue something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The connection itself.
    Greeting,
    /// The question what the server can do.
    Capabilities,
    /// The request for TLS.
    Request,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Greeting => "the connection",
            Stage::Capabilities => "the question for its capabilities",
            Stage::Request => "the request for TLS",
        })
    }
}

/// What the server said so far. All text is bounded by [`MAX_BYTES`] and loses nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its greeting, line by line.
    pub greeting: Vec<String>,
    /// Its capabilities, one by one as it named them; none where it was not asked, or gave no list.
    pub capabilities: Option<Vec<String>>,
    /// Whether TLS is among what it offers; none where it has not said, or where the protocol has no offer.
    pub offered: Option<bool>,
    /// Ways to log in that it names, in upper case as they are registered (SASL, RFC 4422); of protocols without
    /// SASL the command that takes a password.
    pub mechanisms: Vec<String>,
    /// Whether it takes a password as it is, by what it says of itself at this point; none where it does not say.
    pub password: Option<bool>,
    /// TLS has been asked for, so that what the server does next answers that.
    pub asked: bool,
    /// Its answer to the request for TLS.
    pub answer: Option<String>,
}

/// One dialogue. It ends with [`Step::Ready`], [`Step::Done`] or [`Step::Refused`], and must not be pushed further.
pub trait Dialogue: fmt::Debug + Send {
    /// The first step, before anything came: [`Step::Read`] where the server speaks first.
    fn begin(&mut self) -> Step;

    /// Takes further octets of the server.
    ///
    /// # Errors
    /// [`WireError::TooLarge`] past the limits, [`WireError::Invalid`] where it does not speak the protocol.
    fn push(&mut self, octets: &[u8]) -> Result<Step, WireError>;

    /// What the server said so far.
    fn said(&self) -> &Said;
}

/// Whether TLS can be asked for in this protocol.
pub fn is_spoken(protocol: Starttls) -> bool {
    let ask = Ask { client: String::new(), server: String::new(), capabilities: false, pipelined: false };
    plain(protocol, &ask).is_some()
}

/// From the first octet to the server's go-ahead. None of a protocol that is not spoken here.
///
/// ```
/// use midwatch_model::Starttls;
/// use midwatch_wire::starttls::{Ask, Step, plain};
///
/// let ask = Ask { client: "[192.0.2.1]".into(), server: "mail.example".into(), capabilities: true, pipelined: false };
/// let mut dialogue = plain(Starttls::Smtp, &ask).unwrap();
/// assert_eq!(dialogue.begin(), Step::Read);
/// assert_eq!(dialogue.push(b"220 mail.example ESMTP\r\n").unwrap(), Step::Send(b"EHLO [192.0.2.1]\r\n".to_vec()));
/// let asks = dialogue.push(b"250-mail.example\r\n250 STARTTLS\r\n").unwrap();
/// assert_eq!(asks, Step::Send(b"STARTTLS\r\n".to_vec()));
/// assert_eq!(dialogue.push(b"220 go ahead\r\n").unwrap(), Step::Ready { after: Vec::new() });
/// ```
pub fn plain(protocol: Starttls, ask: &Ask) -> Option<Box<dyn Dialogue>> {
    match protocol {
        Starttls::Smtp | Starttls::Lmtp | Starttls::Submission => Some(smtp::plain(protocol, ask)),
        Starttls::Imap => Some(imap::plain(ask)),
        Starttls::Pop3 => Some(pop3::plain(ask)),
        Starttls::Sieve => Some(sieve::plain(ask)),
        Starttls::Ftp => Some(ftp::plain(ask)),
        Starttls::Ldap => Some(ldap::plain(ask)),
        Starttls::Xmpp | Starttls::XmppServer => Some(xmpp::plain(protocol, ask)),
        Starttls::Postgres => Some(postgres::plain(ask)),
        Starttls::Mysql => Some(mysql::plain(ask)),
        Starttls::Nntp => Some(nntp::plain(ask)),
        Starttls::Irc => Some(irc::plain(ask)),
    }
}

/// What the server says of itself inside TLS. None of a protocol that has no such question.
pub fn inside(protocol: Starttls, ask: &Ask) -> Option<Box<dyn Dialogue>> {
    match protocol {
        Starttls::Smtp | Starttls::Lmtp | Starttls::Submission => Some(smtp::inside(protocol, ask)),
        Starttls::Imap => Some(imap::inside()),
        Starttls::Pop3 => Some(pop3::inside()),
        Starttls::Sieve => Some(sieve::inside()),
        Starttls::Ftp => Some(ftp::inside()),
        Starttls::Ldap => Some(ldap::inside()),
        Starttls::Xmpp | Starttls::XmppServer => Some(xmpp::inside(protocol, ask)),
        Starttls::Nntp => Some(nntp::inside()),
        Starttls::Irc => Some(irc::inside()),
        // Of these a client hears nothing before it has named a user.
        Starttls::Postgres | Starttls::Mysql => None,
    }
}

/// How to find out whether a command in plain text is carried over into TLS. None where that is not asked.
pub fn pipelined(protocol: Starttls) -> Option<Pipelined> {
    match protocol {
        Starttls::Smtp | Starttls::Lmtp | Starttls::Submission => Some(smtp::PIPELINED),
        Starttls::Imap => Some(imap::PIPELINED),
        Starttls::Pop3 => Some(pop3::PIPELINED),
        Starttls::Sieve => Some(sieve::PIPELINED),
        Starttls::Ftp => Some(ftp::PIPELINED),
        Starttls::Ldap => Some(ldap::PIPELINED),
        Starttls::Xmpp | Starttls::XmppServer => Some(xmpp::PIPELINED),
        Starttls::Postgres => Some(postgres::PIPELINED),
        Starttls::Mysql => Some(mysql::PIPELINED),
        Starttls::Nntp => Some(nntp::PIPELINED),
        Starttls::Irc => Some(irc::PIPELINED),
    }
}

/// A harmless command that goes out in one piece with the request for TLS, as somebody on the way would put one
/// there, and a second one that is sent inside TLS. A server that throws away what came in plain text answers the second
/// alone.
#[derive(Clone, Copy, Debug)]
pub struct Pipelined {
    /// What goes out behind the request.
    pub command: &'static [u8],
    /// What is sent inside TLS, and ends the session.
    pub last: &'static [u8],
    /// Tells from all that came inside TLS so far, and from whether the server has closed, whether the first command
    /// was answered there. None: not yet to be told.
    pub kept: fn(heard: &[u8], closed: bool) -> Option<bool>,
    /// Tells from what came in plain text although TLS was due whether that is the server's refusal to go on, and in what
    /// words. None: it is an answer to the command.
    pub refuses: fn(after: &[u8]) -> Option<String>,
}

/// For protocols whose servers refuse by their answer to the request.
fn never(_after: &[u8]) -> Option<String> {
    None
}

/// Connections that may be opened to one server and given up before login, where more do harm.
///
/// MySQL and MariaDB block an address after `max_connect_errors` (100, unless it is set otherwise) connections in a row that
/// did not come to a login, and go on doing so until somebody unblocks it. Whoever logs in from there in between begins
/// the count anew.
pub fn most_connections(protocol: Starttls) -> Option<u32> {
    (protocol == Starttls::Mysql).then_some(90)
}

/// The octets that ask for TLS, with the command of `pipelined` behind them where that is wanted.
fn request(line: &[u8], ask: &Ask, pipelined: &Pipelined) -> Vec<u8> {
    let mut octets = line.to_vec();
    if ask.pipelined {
        octets.extend_from_slice(pipelined.command);
    }
    octets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn ask() -> Ask {
        Ask {
            client: "[192.0.2.1]".into(),
            server: "mail.example".into(),
            capabilities: true,
            pipelined: false,
        }
    }

    /// Runs a dialogue over these answers: all that was sent, and the last step.
    pub(super) fn run(dialogue: &mut dyn Dialogue, answers: &[&[u8]]) -> (String, Result<Step, WireError>) {
        let mut sent = Vec::new();
        let mut step = Ok(dialogue.begin());
        let mut answers = answers.iter();
        loop {
            match &step {
                Ok(Step::Send(octets)) => sent.extend_from_slice(octets),
                Ok(Step::Read) => {}
                _ => break,
            }
            let Some(answer) = answers.next() else { break };
            step = dialogue.push(answer);
        }
        (String::from_utf8(sent).unwrap(), step)
    }

    fn spoken() -> impl Iterator<Item = Starttls> {
        Starttls::ALL.into_iter().filter(|protocol| is_spoken(*protocol))
    }

    #[test]
    fn a_command_goes_out_with_the_request_where_that_is_wanted() {
        let ask = Ask { pipelined: true, ..ask() };
        let answers: [&[u8]; 3] = [b"* OK x\r\n", b"a OK\r\n", b""];
        let (sent, _) = run(&mut *plain(Starttls::Imap, &ask).unwrap(), &answers);
        assert!(sent.ends_with("t STARTTLS\r\nb NOOP\r\n"), "{sent}");
    }

    #[test]
    fn endless_lines_end_every_dialogue() {
        for protocol in spoken() {
            for endless in [b"x".repeat(1000), b"220-x\r\n".repeat(200), b"\"X\"\r\n".repeat(200)] {
                let mut dialogue = plain(protocol, &ask()).unwrap();
                dialogue.begin();
                let ends = (0..1000).any(|_| dialogue.push(&endless).is_err());
                assert!(ends, "{protocol}");
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(octets: Vec<u8>, cut in 0_usize..64, which in 0_usize..14) {
            let Some(mut whole) = plain(Starttls::ALL[which], &ask()) else { return Ok(()) };
            let mut parts = plain(Starttls::ALL[which], &ask()).unwrap();
            prop_assert_eq!(whole.begin(), parts.begin());
            let cut = cut.min(octets.len());
            let once = whole.push(&octets);
            let first = parts.push(&octets[..cut]);
            if first == Ok(Step::Read) {
                prop_assert_eq!(once.is_ok(), parts.push(&octets[cut..]).is_ok());
            }
        }
    }
}
