//! MySQL and MariaDB ("Connection Phase" of their manuals). The server greets with its capabilities, the client asks for
//! TLS by a short answer with CLIENT_SSL, and TLS begins at once, without a go-ahead.
//!
//! Whether somebody may log in without TLS is decided when a name is known, so it cannot be asked. The way to log in
//! that stands in the greeting is a proposal, and every account may have another.

use midwatch_model::lossless;

use super::{Ask, Dialogue, Pipelined, Refusal, Said, Stage, Step};
use crate::reader::WireError;

/// Octets of a greeting. Real ones have about a hundred.
const MAX_PACKET: usize = 4096;

/// CLIENT_SSL, by which both sides say that they have TLS.
const SSL: u64 = 1 << 11;

/// What a client says of itself when it asks: LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION and PLUGIN_AUTH.
const CLIENT: u64 = 1 | 1 << 9 | 1 << 15 | 1 << 19;

/// Flags that a server names, by their bits.
const FLAGS: [(u32, &str); 25] = [
    (0, "LONG_PASSWORD"),
    (1, "FOUND_ROWS"),
    (2, "LONG_FLAG"),
    (3, "CONNECT_WITH_DB"),
    (4, "NO_SCHEMA"),
    (5, "COMPRESS"),
    (6, "ODBC"),
    (7, "LOCAL_FILES"),
    (8, "IGNORE_SPACE"),
    (9, "PROTOCOL_41"),
    (10, "INTERACTIVE"),
    (11, "SSL"),
    (12, "IGNORE_SIGPIPE"),
    (13, "TRANSACTIONS"),
    (15, "SECURE_CONNECTION"),
    (16, "MULTI_STATEMENTS"),
    (17, "MULTI_RESULTS"),
    (18, "PS_MULTI_RESULTS"),
    (19, "PLUGIN_AUTH"),
    (20, "CONNECT_ATTRS"),
    (21, "PLUGIN_AUTH_LENENC_CLIENT_DATA"),
    (22, "CAN_HANDLE_EXPIRED_PASSWORDS"),
    (23, "SESSION_TRACK"),
    (24, "DEPRECATE_EOF"),
    (26, "ZSTD_COMPRESSION"),
];

/// A login that is one octet long, which is refused as a bad handshake (1043). Inside TLS comes a packet out of order,
/// whose refusal has another number in its head.
pub(super) const PIPELINED: Pipelined =
    Pipelined { command: &[1, 0, 0, 2, 0], last: &[1, 0, 0, 9, 0], kept, refuses };

/// Too many connections; too many by this user; and an address that is blocked because connections from it were given
/// up too often.
const TURNED_AWAY: [u16; 3] = [1040, 1203, 1129];

pub(super) fn plain(ask: &Ask) -> Box<dyn Dialogue> {
    Box::new(Mysql { waiting: Vec::new(), pipelined: ask.pipelined, said: Said::default() })
}

#[derive(Debug)]
struct Mysql {
    waiting: Vec<u8>,
    pipelined: bool,
    said: Said,
}

impl Mysql {
    fn greeting(&mut self, payload: &[u8]) -> Result<Step, WireError> {
        if let Some((code, text)) = error(payload) {
            let refusal = Refusal {
                to: Stage::Greeting,
                words: format!("{code} {text}"),
                temporary: TURNED_AWAY.contains(&code),
            };
            return Ok(Step::Refused(refusal));
        }
        let greeting = Greeting::read(payload)
            .ok_or_else(|| WireError::Invalid("the server's first packet is no greeting of MySQL".into()))?;
        let mut capabilities: Vec<String> = FLAGS
            .iter()
            .filter(|(bit, _)| greeting.flags & (1 << bit) != 0)
            .map(|(_, name)| (*name).to_owned())
            .collect();
        if !greeting.plugin.is_empty() {
            capabilities.push(format!("proposes {}", greeting.plugin));
        }
        let offered = greeting.flags & SSL != 0;
        self.said.greeting = vec![greeting.version];
        self.said.capabilities = Some(capabilities);
        self.said.offered = Some(offered);
        if !offered {
            // A client may only name what the server has named, so there is nothing to send.
            let words = "the greeting is without CLIENT_SSL".to_owned();
            return Ok(Step::Refused(Refusal { to: Stage::Request, words, temporary: false }));
        }
        let mut octets = vec![32, 0, 0, 1];
        octets.extend(u32::try_from(greeting.flags & CLIENT | SSL).unwrap_or_default().to_le_bytes());
        octets.extend((1_u32 << 24).to_le_bytes());
        // UTF-8, and 23 octets that mean nothing.
        octets.push(33);
        octets.extend([0; 23]);
        if self.pipelined {
            octets.extend_from_slice(PIPELINED.command);
        }
        self.said.asked = true;
        Ok(Step::SendAndReady(octets))
    }
}

impl Dialogue for Mysql {
    fn begin(&mut self) -> Step {
        Step::Read
    }

    fn push(&mut self, octets: &[u8]) -> Result<Step, WireError> {
        self.waiting.extend_from_slice(octets);
        let waiting = std::mem::take(&mut self.waiting);
        let Some((_, payload, rest)) = packet(&waiting)? else {
            self.waiting = waiting;
            return Ok(Step::Read);
        };
        let step = self.greeting(payload)?;
        if !rest.is_empty() && matches!(step, Step::SendAndReady(_)) {
            return Err(WireError::Invalid("the server says more before it was answered".into()));
        }
        Ok(step)
    }

    fn said(&self) -> &Said {
        &self.said
    }
}

struct Greeting {
    version: String,
    flags: u64,
    plugin: String,
}

impl Greeting {
    fn read(payload: &[u8]) -> Option<Self> {
        let rest = payload.strip_prefix(&[10])?;
        let end = rest.iter().position(|&octet| octet == 0)?;
        let version = lossless(rest.get(..end)?);
        // The connection's number, eight octets of a challenge, and a zero.
        let rest = rest.get(end + 1..)?.get(13..)?;
        let (low, rest) = rest.split_first_chunk::<2>()?;
        let low = u64::from(u16::from_le_bytes(*low));
        // From here on a server of old may say nothing more: character set, status, the upper flags, the length of the
        // challenge, and ten octets, the last four of which are MariaDB's.
        let high = rest.get(3..).and_then(|rest| rest.first_chunk::<2>());
        let high = high.map_or(0, |high| u64::from(u16::from_le_bytes(*high)));
        let flags = low | high << 16;
        let challenge = rest.get(5).map_or(0, |length| usize::from(*length).saturating_sub(8).max(13));
        let plugin = rest.get(16..).and_then(|rest| rest.get(challenge..)).unwrap_or_default();
        let plugin = plugin.split(|&octet| octet == 0).next().unwrap_or_default();
        Some(Greeting { version, flags, plugin: lossless(plugin) })
    }
}

/// A packet's number, what it holds, and what follows it.
type Packet<'a> = (u8, &'a [u8], &'a [u8]);

/// The number of a packet, what is in it, and what stands behind it; none where it is not whole.
fn packet(octets: &[u8]) -> Result<Option<Packet<'_>>, WireError> {
    let Some(([a, b, c, number], rest)) = octets.split_first_chunk() else { return Ok(None) };
    let length = usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16;
    if length > MAX_PACKET {
        return Err(WireError::TooLarge { what: "a packet of the server before TLS", limit: MAX_PACKET });
    }
    Ok(rest.split_at_checked(length).map(|(payload, rest)| (*number, payload, rest)))
}

/// The number and the words of an error.
fn error(payload: &[u8]) -> Option<(u16, String)> {
    let (code, rest) = payload.strip_prefix(&[0xff])?.split_first_chunk::<2>()?;
    // `#` and five characters of SQL's state come first where both sides have said that they speak 4.1.
    let text = if rest.starts_with(b"#") { rest.get(6..).unwrap_or_default() } else { rest };
    Some((u16::from_le_bytes(*code), lossless(text)))
}

/// A server of today sees that something came before TLS, and refuses it as a bad handshake.
fn refuses(after: &[u8]) -> Option<String> {
    let (_, payload, _) = packet(after).ok().flatten()?;
    error(payload).map(|(code, text)| format!("{code} {text}"))
}

/// An answer counts on from the number of what it answers: 3 is behind the command, which had 2. One to the packet that
/// is out of order has what was due in its place, 2 or 1.
fn kept(heard: &[u8], _closed: bool) -> Option<bool> {
    let (number, payload, _) = packet(heard).ok().flatten()?;
    let (code, _) = error(payload)?;
    Some(number == 3 && code == 1043)
}

#[cfg(test)]
mod tests {
    use super::super::tests::ask;
    use super::*;

    /// What MariaDB 10.11 and MySQL 8.0 greet with.
    fn greeting(version: &str, low: u16, plugin: &str) -> Vec<u8> {
        let mut payload = vec![10];
        payload.extend(version.as_bytes());
        payload.extend([0, 3, 0, 0, 0]);
        payload.extend(b"12345678\0");
        payload.extend(low.to_le_bytes());
        payload.extend([8, 2, 0, 0xff, 0x81, 21]);
        payload.extend([0; 10]);
        payload.extend(b"123456789012\0");
        payload.extend(plugin.as_bytes());
        payload.push(0);
        let mut octets = vec![u8::try_from(payload.len()).unwrap(), 0, 0, 0];
        octets.extend(payload);
        octets
    }

    #[test]
    fn the_request_is_the_answer_to_the_greeting() {
        let mut dialogue = plain(&ask());
        let octets = greeting("5.5.5-10.11.19-MariaDB", 0xfffe, "mysql_native_password");
        assert_eq!(dialogue.push(&octets[..30]).unwrap(), Step::Read);
        let Ok(Step::SendAndReady(sent)) = dialogue.push(&octets[30..]) else { panic!() };
        assert_eq!((sent.len(), &sent[..4]), (36, &[32, 0, 0, 1][..]));
        // LONG_PASSWORD is not among what this server names.
        assert_eq!(sent[4..8], (0x0008_8a00_u32).to_le_bytes());
        let said = dialogue.said();
        assert_eq!(said.greeting, ["5.5.5-10.11.19-MariaDB"]);
        assert_eq!((said.offered, said.password), (Some(true), None));
        assert_eq!(said.capabilities.as_ref().unwrap().last().unwrap(), "proposes mysql_native_password");
    }

    #[test]
    fn without_the_flag_nothing_is_asked() {
        let Ok(Step::Refused(refusal)) = plain(&ask()).push(&greeting("8.0.36", 0xf7ff, "x")) else {
            panic!()
        };
        assert_eq!((refusal.to, refusal.temporary), (Stage::Request, false));
    }

    #[test]
    fn a_short_greeting_of_old_is_read() {
        let mut payload = vec![10];
        payload.extend(b"4.0.27\0\x01\0\0\x0012345678\0\x2c\x08");
        let mut octets = vec![u8::try_from(payload.len()).unwrap(), 0, 0, 0];
        octets.extend(payload);
        assert!(matches!(plain(&ask()).push(&octets), Ok(Step::SendAndReady(_))));
    }

    #[test]
    fn who_is_turned_away() {
        for (code, temporary) in [(1040_u16, true), (1129, true), (1130, false)] {
            let mut octets = vec![8, 0, 0, 0, 0xff];
            octets.extend(code.to_le_bytes());
            octets.extend(b"Sorry");
            let Ok(Step::Refused(refusal)) = plain(&ask()).push(&octets) else { panic!() };
            assert_eq!((refusal.to, refusal.temporary), (Stage::Greeting, temporary), "{refusal:?}");
        }
        assert!(plain(&ask()).push(b"220 mail.example ESMTP\r\n").is_err());
    }

    #[test]
    fn the_number_tells_which_packet_was_read() {
        let bad = b"\x16\0\0\x03\xff\x13\x04#08S01Bad handshake";
        assert_eq!(kept(bad, false), Some(true));
        assert_eq!(kept(b"!\0\0\x02\xff\x84\x04#08S01Got packets out of order", true), Some(false));
        assert_eq!(kept(b"\x16\0\0\x02\xff\x13\x04#08S01Bad handshake", true), Some(false));
        assert_eq!(kept(&bad[..9], true), None);
        assert_eq!(refuses(bad).as_deref(), Some("1043 Bad handshake"));
    }
}
