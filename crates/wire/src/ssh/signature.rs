//! Signatures as they are sent (RFC 4253 section 6.6, RFC 5656 section 3.1.2, OpenSSH's PROTOCOL.u2f).

use super::data::{mpint, name, string};
use crate::reader::{Reader, WireError};

/// A signature, with its format not yet looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    /// The name of how it was made: `ssh-ed25519`, `rsa-sha2-512` …
    pub format: &'a str,
    /// The signature itself.
    pub blob: &'a [u8],
    /// What a hardware token says with it: its flags and its counter.
    pub token: Option<(u8, u32)>,
}

impl<'a> Signature<'a> {
    /// Reads a signature.
    ///
    /// # Errors
    /// [`WireError`] where it is malformed.
    pub fn read(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes, "signature");
        let format = name(&mut reader, "format of a signature")?;
        let blob = string(&mut reader, "blob of a signature")?;
        let token = match format {
            "sk-ssh-ed25519@openssh.com" | "sk-ecdsa-sha2-nistp256@openssh.com" => {
                Some((reader.u8()?, reader.u32()?))
            }
            _ => None,
        };
        reader.end()?;
        Ok(Signature { format, blob, token })
    }

    /// `r` and `s` of ECDSA, each as so many bytes, one after the other. None where one of them is larger.
    ///
    /// # Errors
    /// [`WireError`] where the blob does not hold two numbers.
    pub fn ecdsa(&self, size: usize) -> Result<Option<Vec<u8>>, WireError> {
        let mut reader = Reader::new(self.blob, "ECDSA signature");
        let numbers = [mpint(&mut reader, "r of a signature")?, mpint(&mut reader, "s of a signature")?];
        reader.end()?;
        let mut out = Vec::new();
        for number in numbers {
            let Some(zeros) = size.checked_sub(number.len()) else { return Ok(None) };
            out.extend(std::iter::repeat_n(0, zeros));
            out.extend(number);
        }
        Ok(Some(out))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::{put_mpint, put_string};
    use super::*;

    #[test]
    fn tokens_say_more() {
        let mut bytes = Vec::new();
        put_string(&mut bytes, b"sk-ssh-ed25519@openssh.com");
        put_string(&mut bytes, b"sig");
        assert!(Signature::read(&bytes).is_err());
        bytes.extend([1, 0, 0, 0, 9]);
        let read = Signature::read(&bytes).unwrap();
        assert_eq!((read.blob, read.token), (&b"sig"[..], Some((1, 9))));
        bytes.push(0);
        assert!(Signature::read(&bytes).is_err());
    }

    #[test]
    fn numbers_have_the_size_of_the_curve() {
        let mut blob = Vec::new();
        put_mpint(&mut blob, &[0x80, 1]);
        put_mpint(&mut blob, &[5]);
        let signature = Signature { format: "x", blob: &blob, token: None };
        assert_eq!(signature.ecdsa(3), Ok(Some(vec![0, 0x80, 1, 0, 0, 5])));
        assert_eq!(signature.ecdsa(1), Ok(None));
        assert!(Signature { blob: &blob[..7], ..signature }.ecdsa(3).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, size in 0_usize..70) {
            if let Ok(read) = Signature::read(&bytes) {
                let _ = read.ecdsa(size);
            }
            let _ = Signature { format: "x", blob: &bytes, token: None }.ecdsa(size);
        }
    }
}
