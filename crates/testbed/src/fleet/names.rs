//! The fleet's resolver.

use std::net::Ipv4Addr;

use tokio::net::UdpSocket;

use super::{address_of, host_of};

/// All hosts lie below it.
pub(super) const DOMAIN: &str = "fleet.test";

/// Answers questions for ever: an address for each host's name, no such name for others, and no other records.
pub(super) async fn answer(socket: UdpSocket, hosts: u32) {
    let mut buffer = [0; 2048];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else { continue };
        if let Some(answer) = buffer.get(..length).and_then(|question| message(question, hosts)) {
            let _ = socket.send_to(&answer, peer).await;
        }
    }
}

/// The answer to a question (RFC 1035, 4.1), where it is one.
fn message(question: &[u8], hosts: u32) -> Option<Vec<u8>> {
    let mut at = 12;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        // A question has no compressed name.
        let label = question.get(at..at + length).filter(|_| length < 64)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
    let end = at + 4;
    let rtype = u16::from_be_bytes(question.get(at..at + 2)?.try_into().ok()?);
    let address = address(&labels, hosts);
    let is_domain = labels.join(".") == DOMAIN || address.is_some();
    let code = if is_domain { 0 } else { 3 };
    let is_answered = address.is_some() && rtype == 1;
    let mut message = question.get(..end)?.to_vec();
    // A recursive answer with one question, and one record or none. The flag RD stays as it was asked.
    let flags = [0x84 | (question.get(2)? & 1), 0x80 | code];
    message.get_mut(2..12)?.copy_from_slice(&[
        flags[0],
        flags[1],
        0,
        1,
        0,
        u8::from(is_answered),
        0,
        0,
        0,
        0,
    ]);
    if let Some(address) = address.filter(|_| is_answered) {
        message.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        message.extend_from_slice(&address.octets());
    }
    Some(message)
}

/// The address of a name, where a host has it.
fn address(labels: &[String], hosts: u32) -> Option<Ipv4Addr> {
    let [id, rest @ ..] = labels else { return None };
    let host = host_of(id).filter(|host| (1..=hosts).contains(host))?;
    (rest.join(".") == DOMAIN).then(|| address_of(host))
}
