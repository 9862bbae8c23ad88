//! Names that hosts of a link answer for: LLMNR (RFC 4795), mDNS (RFC 6762) and NetBIOS (RFC 1002).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::reader::{Reader, WireError};

/// Records of one answer that are read at most.
const MAX_RECORDS: usize = 32;

/// Compression pointers that are followed for one name.
const MAX_POINTERS: usize = 16;

/// Octets of a name (RFC 1035, 2.3.4).
const MAX_NAME: usize = 255;

/// The protocol of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameProtocol {
    /// Link-Local Multicast Name Resolution.
    Llmnr,
    /// Multicast DNS.
    Mdns,
    /// NetBIOS name service.
    NetBios,
}

/// A name with the address that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The name, in lower case, without a dot at its end.
    pub name: String,
    /// The address.
    pub address: IpAddr,
}

/// The addresses that a message answers with; none for a question.
///
/// # Errors
/// [`WireError`] where a field does not fit.
pub fn answers(protocol: NameProtocol, bytes: &[u8]) -> Result<Vec<Answered>, WireError> {
    let mut reader = Reader::new(bytes, "answer about names");
    reader.u16()?;
    let flags = reader.u16()?;
    let questions = reader.u16()?;
    let counts = usize::from(reader.u16()?) + usize::from(reader.u16()?) + usize::from(reader.u16()?);
    // A response, to a standard query, without an error.
    if flags & 0x8000 == 0 || flags & 0x7800 != 0 || flags & 0x000f != 0 {
        return Ok(Vec::new());
    }
    for _ in 0..usize::from(questions).min(MAX_RECORDS) {
        name(bytes, &mut reader)?;
        reader.u32()?;
    }
    let mut found = Vec::new();
    for _ in 0..counts.min(MAX_RECORDS) {
        let owner = name(bytes, &mut reader)?;
        let kind = reader.u16()?;
        // The class, whose upper bit flushes the cache in mDNS, and the time to live.
        reader.bytes(6)?;
        let mut data = reader.vector(2, "record")?;
        match (protocol, kind) {
            (NameProtocol::NetBios, 0x20) => {
                data.u16()?;
                let address = IpAddr::V4(Ipv4Addr::from(data.array::<4>()?));
                found.push(Answered { name: netbios(&owner), address });
            }
            (NameProtocol::NetBios, _) => {}
            (_, 1) => {
                found.push(Answered { name: owner, address: Ipv4Addr::from(data.array::<4>()?).into() })
            }
            (_, 28) => {
                found.push(Answered { name: owner, address: Ipv6Addr::from(data.array::<16>()?).into() });
            }
            _ => {}
        }
    }
    Ok(found)
}

/// A name without compression.
pub(crate) fn name_text(reader: &mut Reader<'_>) -> Result<String, WireError> {
    let mut text = String::new();
    loop {
        let length = reader.u8()?;
        if length == 0 {
            return Ok(text);
        }
        label(&mut text, reader, length)?;
    }
}

fn label(text: &mut String, reader: &mut Reader<'_>, length: u8) -> Result<(), WireError> {
    if length > 63 {
        return Err(WireError::Invalid("label of an unknown kind".into()));
    }
    let bytes = reader.bytes(length.into())?;
    if text.len() + bytes.len() > MAX_NAME {
        return Err(WireError::TooLarge { what: "name", limit: MAX_NAME });
    }
    if !text.is_empty() {
        text.push('.');
    }
    // Bytes beyond ASCII are written one by one, so that different names stay different.
    text.extend(bytes.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
    Ok(())
}

/// A name that may be compressed (RFC 1035, 4.1.4).
fn name<'a>(message: &'a [u8], reader: &mut Reader<'a>) -> Result<String, WireError> {
    let mut text = String::new();
    let mut here = *reader;
    let mut pointers = 0;
    loop {
        let length = here.u8()?;
        if length & 0xc0 == 0xc0 {
            let at = usize::from(length & 0x3f) << 8 | usize::from(here.u8()?);
            if pointers == 0 {
                *reader = here;
            }
            pointers += 1;
            if pointers > MAX_POINTERS {
                return Err(WireError::Invalid("name with pointers without end".into()));
            }
            here = Reader::new(message.get(at..).unwrap_or_default(), "name");
        } else if length == 0 {
            if pointers == 0 {
                *reader = here;
            }
            return Ok(text);
        } else {
            label(&mut text, &mut here, length)?;
        }
    }
}

/// A NetBIOS name from its first-level encoding (RFC 1001, 14.1), without its padding and its suffix, which is the kind
/// of service. What is not encoded that way stays as it is.
fn netbios(encoded: &str) -> String {
    let label = encoded.split('.').next().unwrap_or_default();
    let half = |byte: u8| byte.to_ascii_uppercase().checked_sub(b'A').filter(|half| *half < 16);
    let decoded: Option<Vec<u8>> = label
        .as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(half(*high)? << 4 | half(*low)?),
            _ => None,
        })
        .collect();
    match decoded.as_deref() {
        Some([name @ .., _]) if name.len() == 15 => {
            let text: String = name.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
            text.trim_end_matches([' ', '\0']).to_owned()
        }
        _ => encoded.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_llmnr_answer_is_read_through_its_pointer() {
        let mut message = vec![1, 2, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0];
        message.extend(b"\x04Wpad\x00\x00\x01\x00\x01");
        message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, 66]);
        let answered = answers(NameProtocol::Llmnr, &message).expect("an answer");
        assert_eq!(answered, [Answered { name: "wpad".into(), address: "192.0.2.66".parse().expect("one") }]);
        for cut in 0..message.len() {
            assert!(answers(NameProtocol::Llmnr, &message[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_question_and_an_error_answer_nothing() {
        let question = [1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1];
        assert_eq!(answers(NameProtocol::Mdns, &question), Ok(vec![]));
    }

    #[test]
    fn pointers_in_a_ring_end() {
        let ring = [1, 2, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];
        assert!(answers(NameProtocol::Llmnr, &ring).is_err());
    }

    #[test]
    fn netbios_names_are_decoded() {
        assert_eq!(netbios("fhfaebeecacacacacacacacacacacaaa"), "wpad");
        assert_eq!(netbios("plain"), "plain");
    }
}
