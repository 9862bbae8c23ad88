//! ServerKeyExchange: the parameters that a server signs (RFC 5246 section 7.4.3, RFC 8422 section 5.4).

use crate::reader::{Reader, WireError};

/// The key-exchange parameters of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Params {
    /// A named curve or group.
    Named {
        /// Its number.
        group: u16,
    },
    /// A curve spelt out.
    ExplicitCurve,
    /// Finite-field Diffie-Hellman.
    Dh {
        /// The prime, big-endian without leading zeros.
        prime: Vec<u8>,
        /// The generator, likewise.
        generator: Vec<u8>,
        /// The server's public value, likewise.
        public: Vec<u8>,
    },
    /// An RSA key of an export suite.
    ExportRsa {
        /// Size of the modulus in bits.
        bits: usize,
    },
}

/// What a ServerKeyExchange holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerKeyExchange {
    /// The parameters.
    pub params: Params,
    /// The signature scheme, from TLS 1.2 on, where the parameters are signed.
    pub scheme: Option<u16>,
}

/// Reads a ServerKeyExchange of a suite with this key exchange and authentication. `tls12`: the signature
/// carries its scheme. `Ok(None)` for an exchange that midwatch does not read (PSK without DH, SRP …).
///
/// # Errors
/// [`WireError`] where the message does not hold what its suite says.
pub fn server_key_exchange(
    body: &[u8],
    key_exchange: &str,
    authentication: &str,
    tls12: bool,
) -> Result<Option<ServerKeyExchange>, WireError> {
    let mut reader = Reader::new(body, "ServerKeyExchange");
    if authentication == "PSK" {
        reader.vector(2, "psk_identity_hint")?;
    }
    let params = match key_exchange {
        "ECDHE" => {
            let params = match reader.u8()? {
                3 => Params::Named { group: reader.u16()? },
                1 | 2 => return Ok(Some(ServerKeyExchange { params: Params::ExplicitCurve, scheme: None })),
                other => return Err(WireError::Invalid(format!("ServerKeyExchange has curve type {other}"))),
            };
            reader.vector(1, "EC point")?;
            params
        }
        "DHE" => {
            let mut number = |what| Ok(trim(reader.vector(2, what)?.rest()));
            let (prime, generator, public) = (number("dh_p")?, number("dh_g")?, number("dh_Ys")?);
            Params::Dh { prime, generator, public }
        }
        "RSA" if authentication == "RSA" => {
            let modulus = trim(reader.vector(2, "rsa_modulus")?.rest());
            reader.vector(2, "rsa_exponent")?;
            Params::ExportRsa { bits: bits(&modulus) }
        }
        _ => return Ok(None),
    };
    let signed = !matches!(authentication, "anon" | "PSK");
    let scheme = if signed && tls12 { Some(reader.u16()?) } else { None };
    Ok(Some(ServerKeyExchange { params, scheme }))
}

fn trim(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|&byte| byte == 0).collect()
}

/// The size of a big-endian number in bits.
pub fn bits(number: &[u8]) -> usize {
    let start = number.iter().position(|&byte| byte != 0).unwrap_or(number.len());
    let first = number.get(start).map_or(0, |byte| 8 - byte.leading_zeros() as usize);
    number.len().saturating_sub(start + 1) * 8 + first
}

/// What is wrong with Diffie-Hellman parameters on their face, where something is: values that no client
/// may go on with (RFC 7919 section 5.1, SP 800-56A section 5.6.2.3).
pub fn dh_fault(prime: &[u8], generator: &[u8], public: &[u8]) -> Option<&'static str> {
    let tiny = |number: &[u8]| number.is_empty() || number == [1];
    if bits(prime) < 256 {
        return Some("the prime is shorter than 256 bits");
    }
    if prime.last().is_none_or(|byte| byte % 2 == 0) {
        return Some("the modulus is even, so it is no prime");
    }
    if tiny(generator) {
        return Some("the generator is 0 or 1");
    }
    if tiny(public) {
        return Some("the public value is 0 or 1");
    }
    if public.len() > prime.len() || (public.len() == prime.len() && public >= prime) {
        return Some("the public value is not below the prime");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_curve() {
        let body = [3, 0, 0x1d, 2, 9, 9, 8, 4, 0, 1, 7];
        let expected = ServerKeyExchange { params: Params::Named { group: 0x1d }, scheme: Some(0x0804) };
        assert_eq!(server_key_exchange(&body, "ECDHE", "RSA", true), Ok(Some(expected)));
        assert!(server_key_exchange(&body[..4], "ECDHE", "RSA", true).is_err());
    }

    #[test]
    fn finite_field_numbers_lose_their_zeros() {
        let body = [0, 2, 0, 23, 0, 1, 5, 0, 1, 8];
        let read = server_key_exchange(&body, "DHE", "anon", true).unwrap().unwrap();
        assert_eq!(read.params, Params::Dh { prime: vec![23], generator: vec![5], public: vec![8] });
        assert_eq!(read.scheme, None);
    }

    #[test]
    fn sizes_and_faults() {
        assert_eq!(bits(&[]), 0);
        assert_eq!(bits(&[0, 1, 0]), 9);
        assert_eq!(bits(&[0x80, 0]), 16);
        let prime = [0xff; 128];
        assert_eq!(dh_fault(&prime, &[2], &[7]), None);
        assert!(dh_fault(&prime, &[1], &[7]).is_some());
        assert!(dh_fault(&prime, &[2], &[]).is_some());
        assert!(dh_fault(&[0xfe; 128], &[2], &[7]).is_some());
        assert!(dh_fault(&prime, &[2], &prime).is_some());
    }
}
