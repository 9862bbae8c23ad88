//! Reading a ClientHello (RFC 4346 7.4.1.2, the extensions of RFC 8422 5.1).

use super::Failure;

/// TLS_ECDHE_ECDSA with these ciphers, in the server's own order: the strongest first.
pub(super) const SUITES: [Suite; 3] = [Suite::Aes256, Suite::Aes128, Suite::TripleDes];

/// The group that the server knows: secp256r1.
const SECP256R1: u16 = 23;

const SUPPORTED_GROUPS: u16 = 10;
const EC_POINT_FORMATS: u16 = 11;

/// A cipher suite that the old server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suite {
    /// TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA.
    TripleDes,
    /// TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA.
    Aes128,
    /// TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA.
    Aes256,
}

impl Suite {
    pub(super) fn number(self) -> u16 {
        match self {
            Suite::TripleDes => 0xc008,
            Suite::Aes128 => 0xc009,
            Suite::Aes256 => 0xc00a,
        }
    }

    /// Bytes of the cipher's key.
    pub(super) fn key_length(self) -> usize {
        match self {
            Suite::TripleDes => 24,
            Suite::Aes128 => 16,
            Suite::Aes256 => 32,
        }
    }

    /// Bytes of the cipher's block.
    pub(super) fn block_length(self) -> usize {
        match self {
            Suite::TripleDes => 8,
            Suite::Aes128 | Suite::Aes256 => 16,
        }
    }
}

/// The protocol versions that the old server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Tls10,
    Tls11,
}

impl Version {
    /// As on the wire.
    pub(super) fn bytes(self) -> [u8; 2] {
        match self {
            Version::Tls10 => [3, 1],
            Version::Tls11 => [3, 2],
        }
    }
}

/// What the server takes from a ClientHello.
#[derive(Debug)]
pub(super) struct Hello {
    pub(super) random: [u8; 32],
    pub(super) version: Version,
    pub(super) suite: Suite,
    /// The client sent ec_point_formats, so that the server may.
    pub(super) point_formats: bool,
}

impl Hello {
    /// Reads the body of a ClientHello and chooses version and suite.
    pub(super) fn choose(body: &[u8]) -> Result<Hello, Failure> {
        let mut rest = body;
        let version = match take_u16(&mut rest)? {
            ..0x0301 => return Err(Failure::VERSION),
            0x0301 => Version::Tls10,
            // Whatever is newer is negotiated down. supported_versions (RFC 8446) is not known here.
            0x0302.. => Version::Tls11,
        };
        let random = take(&mut rest, 32)?.try_into().map_err(|_| Failure::DECODE)?;
        take_vector8(&mut rest)?;
        let suites = take_vector16(&mut rest)?;
        let compressions = take_vector8(&mut rest)?;
        if !compressions.contains(&0) {
            return Err(Failure::ILLEGAL);
        }
        let mut point_formats = false;
        // A hello without extensions may use any curve (RFC 8422 4).
        let mut group = true;
        if !rest.is_empty() {
            let mut extensions = take_vector16(&mut rest)?;
            while !extensions.is_empty() {
                let kind = take_u16(&mut extensions)?;
                let mut data = take_vector16(&mut extensions)?;
                match kind {
                    SUPPORTED_GROUPS => group = pairs(take_vector16(&mut data)?).any(|id| id == SECP256R1),
                    EC_POINT_FORMATS => point_formats = true,
                    _ => {}
                }
            }
        }
        let suite = SUITES
            .into_iter()
            .find(|suite| pairs(suites).any(|offered| offered == suite.number()))
            .filter(|_| group)
            .ok_or(Failure::HANDSHAKE)?;
        Ok(Hello { random, version, suite, point_formats })
    }
}

/// The next `count` bytes.
pub(super) fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Failure> {
    let (taken, left) = rest.split_at_checked(count).ok_or(Failure::DECODE)?;
    *rest = left;
    Ok(taken)
}

fn take_u16(rest: &mut &[u8]) -> Result<u16, Failure> {
    match *take(rest, 2)? {
        [high, low] => Ok(u16::from_be_bytes([high, low])),
        _ => Err(Failure::DECODE),
    }
}

/// A vector with a length of one byte.
pub(super) fn take_vector8<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Failure> {
    match *take(rest, 1)? {
        [length] => take(rest, length.into()),
        _ => Err(Failure::DECODE),
    }
}

/// A vector with a length of two bytes.
fn take_vector16<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Failure> {
    let length = take_u16(rest)?;
    take(rest, length.into())
}

fn pairs(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ClientHello with this version, these suites and these extensions.
    fn hello(version: u16, suites: &[u16], extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend([7; 32]);
        body.push(0);
        body.extend((suites.len() as u16 * 2).to_be_bytes());
        body.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
        body.extend([1, 0]);
        if !extensions.is_empty() {
            body.extend((extensions.len() as u16).to_be_bytes());
            body.extend(extensions);
        }
        body
    }

    #[test]
    fn newer_versions_are_negotiated_down_and_older_refused() {
        let chosen = |version| Hello::choose(&hello(version, &[0xc009], &[])).map(|hello| hello.version);
        assert!(matches!(chosen(0x0301), Ok(Version::Tls10)));
        assert!(matches!(chosen(0x0302), Ok(Version::Tls11)));
        assert!(matches!(chosen(0x0303), Ok(Version::Tls11)));
        assert_eq!(chosen(0x0300).expect_err("SSL 3.0").alert, Some(70));
    }

    #[test]
    fn the_server_has_its_own_order_of_suites() {
        let chosen = |suites: &[u16]| Hello::choose(&hello(0x0301, suites, &[])).map(|hello| hello.suite);
        assert!(matches!(chosen(&[0xc008, 0x1301, 0xc009]), Ok(Suite::Aes128)));
        assert!(matches!(chosen(&[0xc008]), Ok(Suite::TripleDes)));
        assert_eq!(chosen(&[0x1301, 0x1302]).expect_err("nothing in common").alert, Some(40));
    }

    #[test]
    fn groups_without_p256_are_refused() {
        let with = |group: u16| {
            let [high, low] = group.to_be_bytes();
            Hello::choose(&hello(0x0302, &[0xc00a], &[0, 10, 0, 4, 0, 2, high, low, 0, 11, 0, 2, 1, 0]))
        };
        assert!(with(23).expect("P-256").point_formats);
        assert_eq!(with(29).expect_err("X25519 alone").alert, Some(40));
    }

    #[test]
    fn every_cut_of_a_hello_is_an_error_and_never_a_panic() {
        let whole = hello(0x0302, &[0xc009, 0xc00a], &[0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0]);
        let without_extensions = hello(0x0302, &[0xc009, 0xc00a], &[]).len();
        for length in 0..whole.len() {
            let cut = Hello::choose(&whole[..length]);
            assert_eq!(cut.is_ok(), length == without_extensions, "{length} of {}", whole.len());
        }
    }
}
