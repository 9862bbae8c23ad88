//! As much of DER (X.690) as it takes to tell what a structure is, and to write a SubjectPublicKeyInfo.

/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// NULL, whole.
const NULL: &[u8] = &[0x05, 0x00];
/// OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// SEQUENCE.
pub const SEQUENCE: u8 = 0x30;

/// The first element of `bytes`: its tag, its content, and what comes after it. None where it is not whole.
pub fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            (octets.iter().fold(0_usize, |length, &octet| length << 8 | usize::from(octet)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The tags of the elements in a SEQUENCE that is all of `bytes`, at most 16 of them.
pub fn tags(bytes: &[u8]) -> Option<Vec<u8>> {
    let (SEQUENCE, mut content, []) = element(bytes)? else { return None };
    let mut tags = Vec::new();
    while !content.is_empty() && tags.len() < 16 {
        let (tag, _, rest) = element(content)?;
        tags.push(tag);
        content = rest;
    }
    Some(tags)
}

/// An element.
pub fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        length @ 0..=0x7F => out.extend((length as u8).to_be_bytes()),
        length => {
            let octets = length.to_be_bytes();
            let octets: Vec<u8> = octets.into_iter().skip_while(|&octet| octet == 0).collect();
            out.push(0x80 | octets.len() as u8);
            out.extend(octets);
        }
    }
    out.extend(content);
    out
}

/// The content of an OBJECT IDENTIFIER with its tag and length, from dotted numbers that are known to be sound.
pub fn oid(arcs: &[u64]) -> Vec<u8> {
    let mut content = Vec::new();
    if let [first, second, rest @ ..] = arcs {
        for arc in std::iter::once(first * 40 + second).chain(rest.iter().copied()) {
            let mut septets = vec![(arc & 0x7F) as u8];
            let mut left = arc >> 7;
            while left > 0 {
                septets.push(0x80 | (left & 0x7F) as u8);
                left >>= 7;
            }
            content.extend(septets.iter().rev());
        }
    }
    write(OID, &content)
}

/// A SubjectPublicKeyInfo of an algorithm, its parameters (whole elements) and the key.
pub fn spki(algorithm: &[u64], parameters: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = write(SEQUENCE, &[oid(algorithm), parameters.to_vec()].concat());
    let key = write(BIT_STRING, &[&[0], key].concat());
    write(SEQUENCE, &[algorithm, key].concat())
}

/// The SubjectPublicKeyInfo of a PKCS#1 RSAPublicKey (RFC 8017, appendix A.1).
pub fn spki_of_pkcs1(pkcs1: &[u8]) -> Vec<u8> {
    spki(&[1, 2, 840, 113_549, 1, 1, 1], NULL, pkcs1)
}

/// Of an RSA key; both numbers big-endian, positive and in shortest form with a zero octet where the first bit is set.
pub fn spki_of_rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    spki_of_pkcs1(&write(SEQUENCE, &[write(INTEGER, modulus), write(INTEGER, exponent)].concat()))
}

/// Of an Ed25519 key (RFC 8410).
pub fn spki_of_ed25519(key: &[u8]) -> Vec<u8> {
    spki(&[1, 3, 101, 112], &[], key)
}

/// Of an X25519 key (RFC 8410).
pub fn spki_of_x25519(key: &[u8]) -> Vec<u8> {
    spki(&[1, 3, 101, 110], &[], key)
}

/// Of a point on a curve (RFC 5480).
pub fn spki_of_point(curve: &[u64], point: &[u8]) -> Vec<u8> {
    spki(&[1, 2, 840, 10_045, 2, 1], &oid(curve), point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_as_written() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; length];
            let written = write(OCTET_STRING, &content);
            assert_eq!(element(&written), Some((OCTET_STRING, &content[..], &[][..])), "{length}");
            assert_eq!(element(&written[..written.len() - 1]), None, "{length}");
        }
        assert_eq!(oid(&[1, 2, 840, 113_549, 1, 1, 1]), [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1]);
        assert_eq!(
            tags(&write(SEQUENCE, &[write(INTEGER, &[0]), write(OCTET_STRING, &[])].concat())),
            Some(vec![2, 4])
        );
    }
}
