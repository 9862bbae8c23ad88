//! DNS servers over UDP that lie, or send what is no message.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What it answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsBehaviour {
    /// 192.0.2.66 for every name and type A, nothing else, and no signature.
    AnswersEverything,
    /// A record whose owner points at itself.
    CompressionLoop,
    /// An alias to the next of endless names.
    EndlessAliases,
    /// Bytes that are no message.
    Garbage,
    /// A TLSA record as large as a datagram holds.
    OversizedTlsa,
    /// The right answer to another question.
    WrongIdentifier,
    /// Nothing.
    Silence,
}

/// A running one, which ends when it is dropped.
#[derive(Debug)]
pub struct DnsLiar {
    address: SocketAddr,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl DnsLiar {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(behaviour: DnsBehaviour) -> DnsLiar {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a time-out");
        let address = socket.local_addr().expect("an address");
        let end = Arc::new(AtomicBool::new(false));
        let ended = end.clone();
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while !ended.load(Ordering::Relaxed) {
                let Ok((length, peer)) = socket.recv_from(&mut buffer) else { continue };
                if let Some(answer) = answer(behaviour, &buffer[..length]) {
                    let _ = socket.send_to(&answer, peer);
                }
            }
        });
        DnsLiar { address, end, thread: Some(thread) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for DnsLiar {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(behaviour: DnsBehaviour, question: &[u8]) -> Option<Vec<u8>> {
    // The question section ends after the name, its type and its class.
    let name = question.get(12..)?.iter().position(|byte| *byte == 0)?;
    let end = 12 + name + 1 + 4;
    let rtype = u16::from_be_bytes(question.get(end - 4..end - 2)?.try_into().ok()?);
    let mut message = question.get(..end)?.to_vec();
    message[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]);
    let mut record = |owner: &[u8], rtype: u16, data: &[u8]| {
        message[7] += 1;
        message.extend_from_slice(owner);
        message.extend_from_slice(&rtype.to_be_bytes());
        message.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
        message.extend_from_slice(&u16::try_from(data.len()).expect("a length").to_be_bytes());
        message.extend_from_slice(data);
    };
    match behaviour {
        DnsBehaviour::Silence => return None,
        DnsBehaviour::Garbage => return Some(vec![0xff; 300]),
        DnsBehaviour::AnswersEverything if rtype == 1 => record(&[0xc0, 12], 1, &[192, 0, 2, 66]),
        DnsBehaviour::AnswersEverything => {}
        DnsBehaviour::CompressionLoop => {
            let at = u8::try_from(end).ok()?;
            record(&[0xc0, at], rtype, &[192, 0, 2, 66]);
        }
        DnsBehaviour::EndlessAliases => record(&[0xc0, 12], 5, &[1, b'a', 0xc0, 12]),
        DnsBehaviour::OversizedTlsa => record(&[0xc0, 12], 52, &[3; 60_000]),
        DnsBehaviour::WrongIdentifier => {
            record(&[0xc0, 12], 1, &[192, 0, 2, 66]);
            message[0] ^= 0xff;
        }
    }
    Some(message)
}
