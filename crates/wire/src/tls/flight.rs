//! The first flight of a server, put together from whatever pieces it comes in.

use midwatch_model::TlsVersion;

use super::alert::Alert;
use super::certificate;
use super::params::{self, ServerKeyExchange};
use super::record::{Deframer, Message};
use super::server_hello::ServerHello;
use super::suites;
use crate::reader::{Reader, WireError};

/// The most bytes read of a flight.
pub const MAX_FLIGHT: usize = 1 << 20;

/// What a server said before it would wait for the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flight {
    /// Its hello.
    pub hello: Option<ServerHello>,
    /// Its certificates, DER, leaf first, at most [`certificate::MAX_CERTIFICATES`].
    pub certificates: Vec<Vec<u8>>,
    /// It stapled an OCSP response.
    pub ocsp: Option<Vec<u8>>,
    /// Its key-exchange parameters.
    pub exchange: Option<ServerKeyExchange>,
    /// Why its key-exchange parameters could not be read.
    pub exchange_fault: Option<String>,
    /// It asks for a client certificate.
    pub certificate_request: bool,
    /// The alert that ended it.
    pub alert: Option<Alert>,
    /// Nothing more will come before the client speaks.
    pub done: bool,
}

/// Reads a flight.
#[derive(Debug, Default)]
pub struct FlightReader {
    deframer: Deframer,
    flight: Flight,
    taken: usize,
}

impl FlightReader {
    /// Adds bytes as they came. `Ok(true)`: the flight is whole.
    ///
    /// # Errors
    /// [`WireError`] for what is no TLS, or is larger than [`MAX_FLIGHT`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<bool, WireError> {
        self.taken += bytes.len();
        if self.taken > MAX_FLIGHT {
            return Err(WireError::TooLarge { what: "the server's first flight", limit: MAX_FLIGHT });
        }
        self.deframer.push(bytes);
        while !self.flight.done {
            match self.deframer.next_message()? {
                None => return Ok(false),
                Some(message) => self.take(message)?,
            }
        }
        Ok(true)
    }

    /// True where nothing at all has come.
    pub fn is_untouched(&self) -> bool {
        self.taken == 0
    }

    /// What has been read so far.
    pub fn flight(self) -> Flight {
        self.flight
    }

    fn take(&mut self, message: Message) -> Result<(), WireError> {
        match message {
            Message::Alert(alert) if alert.is_warning() => {}
            Message::Alert(alert) => {
                self.flight.alert = Some(alert);
                self.flight.done = true;
            }
            Message::Handshake(2, body) => {
                if self.flight.hello.is_some() {
                    return Err(WireError::Invalid("two ServerHellos".into()));
                }
                let hello = ServerHello::read(&body)?;
                // From here on TLS 1.3 is encrypted, and a HelloRetryRequest waits for the client.
                self.flight.done = hello.version == TlsVersion::Tls13;
                self.flight.hello = Some(hello);
            }
            Message::Handshake(0, _) => {}
            Message::Handshake(kind, _) if self.flight.hello.is_none() => {
                let detail = format!("handshake message {kind} before the ServerHello");
                return Err(WireError::Invalid(detail));
            }
            Message::Handshake(11, body) => self.flight.certificates = certificate::before_13(&body)?,
            Message::Handshake(12, body) => self.take_exchange(&body),
            Message::Handshake(13, _) => self.flight.certificate_request = true,
            Message::Handshake(14, _) => self.flight.done = true,
            Message::Handshake(22, body) => {
                let status = certificate::status(Reader::new(&body, "CertificateStatus"))?;
                self.flight.ocsp = status.or(self.flight.ocsp.take());
            }
            Message::Handshake(..) => {}
            Message::ChangeCipherSpec | Message::Protected => {
                if self.flight.hello.is_none() {
                    return Err(WireError::Invalid("an encrypted record before the ServerHello".into()));
                }
                self.flight.done = true;
            }
        }
        Ok(())
    }

    /// A fault in the parameters does not undo that the suite was chosen: it is kept beside it.
    fn take_exchange(&mut self, body: &[u8]) {
        let Some(hello) = &self.flight.hello else { return };
        let suite = suites::suite(hello.suite);
        let tls12 = hello.version >= TlsVersion::Tls12;
        match params::server_key_exchange(body, &suite.key_exchange, &suite.authentication, tls12) {
            Ok(exchange) => self.flight.exchange = exchange,
            Err(error) => self.flight.exchange_fault = Some(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::record::handshake_records;
    use super::*;

    fn hello(suite: u16) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.push(0);
        body.extend(suite.to_be_bytes());
        body.push(0);
        handshake_records(0x0303, 2, &body)
    }

    fn whole() -> Vec<u8> {
        let mut bytes = hello(0xc02f);
        bytes.extend(handshake_records(0x0303, 11, &[0, 0, 9, 0, 0, 2, 1, 2, 0, 0, 1, 3]));
        bytes.extend(handshake_records(0x0303, 12, &[3, 0, 0x17, 1, 4, 8, 4, 0, 1, 1]));
        bytes.extend(handshake_records(0x0303, 14, &[]));
        bytes
    }

    #[test]
    fn a_whole_flight_byte_by_byte() {
        let mut reader = FlightReader::default();
        let bytes = whole();
        for (index, byte) in bytes.iter().enumerate() {
            assert_eq!(reader.push(&[*byte]), Ok(index + 1 == bytes.len()));
        }
        let flight = reader.flight();
        assert_eq!(flight.certificates, [vec![1, 2], vec![3]]);
        let exchange = flight.exchange.unwrap();
        assert_eq!(exchange.params, params::Params::Named { group: 0x17 });
        assert_eq!(exchange.scheme, Some(0x0804));
    }

    #[test]
    fn bad_parameters_keep_the_suite() {
        let mut reader = FlightReader::default();
        let mut bytes = hello(0x009e);
        bytes.extend(handshake_records(0x0303, 12, &[0, 200, 1]));
        bytes.extend(handshake_records(0x0303, 14, &[]));
        assert_eq!(reader.push(&bytes), Ok(true));
        let flight = reader.flight();
        assert_eq!(flight.hello.unwrap().suite, 0x009e);
        assert!(flight.exchange_fault.is_some());
    }

    #[test]
    fn a_warning_does_not_end_it() {
        let mut reader = FlightReader::default();
        assert_eq!(reader.push(&[21, 3, 3, 0, 2, 1, 112]), Ok(false));
        assert_eq!(reader.push(&whole()), Ok(true));
        let mut reader = FlightReader::default();
        assert_eq!(reader.push(&[21, 3, 3, 0, 2, 2, 70]), Ok(true));
        assert_eq!(reader.flight().alert.unwrap().to_string(), "alert protocol_version");
    }

    proptest! {
        #[test]
        fn never_panics(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..100) {
            let mut reader = FlightReader::default();
            let _ = reader.push(&bytes);
            let mut start = whole();
            start.truncate(cut);
            start.append(&mut bytes);
            let mut reader = FlightReader::default();
            let _ = reader.push(&start);
        }
    }
}
