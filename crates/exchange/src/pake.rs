//! SPAKE2 (RFC 9382) with P-256, SHA-256, HKDF and HMAC, and key confirmation: section 6, first ciphersuite. The crate's
//! documentation has the steps byte by byte.
//!
//! Each side puts the code into its share in such a way that a share alone says nothing of it, and that each code leads to
//! another key. Whoever sits in the middle must choose a code before he sends a share, and the confirmations tell whether it
//! was the right one: one try with each side. Nothing that travels lets him test other codes afterwards.

use p256::elliptic_curve::ff::{Field as _, FromUniformBytes as _};
use p256::elliptic_curve::group::Group as _;
use p256::elliptic_curve::sec1::{FromSec1Point as _, ToSec1Point as _};
use p256::{AffinePoint, ProjectivePoint, Scalar, Sec1Point};
use ring::digest::{SHA256, digest};
use ring::hmac;
use zeroize::Zeroizing;

use crate::{Code, NoRandomness, hkdf, random};

/// The octets of a share: a point in uncompressed form (SEC 1, section 2.3.3).
pub const SHARE: usize = 65;

/// The octets of a confirmation.
pub const CONFIRMATION: usize = 32;

/// RFC 9382, section 4: M and N for P-256, compressed. Nobody knows their discrete logarithms.
const M: [u8; 33] = [
    0x02, 0x88, 0x6e, 0x2f, 0x97, 0xac, 0xe4, 0x6e, 0x55, 0xba, 0x9d, 0xd7, 0x24, 0x25, 0x79, 0xf2, 0x99,
    0x3b, 0x64, 0xe1, 0x6e, 0xf3, 0xdc, 0xab, 0x95, 0xaf, 0xd4, 0x97, 0x33, 0x3d, 0x8f, 0xa1, 0x2f,
];
const N: [u8; 33] = [
    0x03, 0xd8, 0xbb, 0xd6, 0xc6, 0x39, 0xc6, 0x29, 0x37, 0xb0, 0x4d, 0x99, 0x7f, 0x38, 0xc3, 0x77, 0x07,
    0x19, 0xc6, 0x29, 0xd7, 0x01, 0x4d, 0x49, 0xa2, 0x4b, 0x4f, 0x98, 0xba, 0xa1, 0x29, 0x2b, 0x49,
];

/// What is bound to the key beside the shares.
struct Context {
    opener: &'static [u8],
    joiner: &'static [u8],
    associated: &'static [u8],
}

const CONTEXT: Context = Context {
    opener: b"midwatch exchange opener",
    joiner: b"midwatch exchange joiner",
    associated: b"midwatch exchange v1",
};

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who made the code; A in RFC 9382.
    Opener,
    /// Who was told the code; B in RFC 9382.
    Joiner,
}

impl Role {
    /// The other one.
    pub fn other(self) -> Role {
        match self {
            Role::Opener => Role::Joiner,
            Role::Joiner => Role::Opener,
        }
    }

    /// For people and in key derivation.
    pub fn name(self) -> &'static str {
        match self {
            Role::Opener => "opener",
            Role::Joiner => "joiner",
        }
    }

    /// M for the opener, N for the joiner. None never happens: both are points, as a test makes sure.
    fn mask(self) -> Option<ProjectivePoint> {
        point(match self {
            Role::Opener => &M,
            Role::Joiner => &N,
        })
    }
}

/// A share that is no point of the curve, or with which no key comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a share is no point of its curve")]
pub struct BadShare;

/// Another code was used on the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the codes differ")]
pub struct CodesDiffer;

/// One side that has its share and waits for the other's.
pub struct Pake {
    role: Role,
    /// The code as a number: `w`.
    code: Zeroizing<Scalar>,
    /// `x` or `y`.
    secret: Zeroizing<Scalar>,
    share: [u8; SHARE],
    context: Context,
}

/// One side that has both shares, and does not know yet whether the codes are the same.
pub struct Agreed {
    session: Zeroizing<[u8; 16]>,
    confirmation: [u8; CONFIRMATION],
    others_key: hmac::Key,
    transcript: Zeroizing<Vec<u8>>,
}

/// The key that both sides have who used the same code: `Ke`, 16 octets.
pub struct SessionKey(Zeroizing<[u8; 16]>);

impl Pake {
    /// Begins with a code.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn start(role: Role, code: &Code) -> Result<Pake, NoRandomness> {
        let input = Zeroizing::new([&code.place().to_be_bytes()[..], &code.octets()].concat());
        let octets: Zeroizing<[u8; 64]> = Zeroizing::new(hkdf(b"midwatch exchange v1 code", &input, &[b"w"]));
        let secret: Zeroizing<[u8; 64]> = Zeroizing::new(random()?);
        Pake::with(role, Scalar::from_uniform_bytes(&octets), Scalar::from_uniform_bytes(&secret), CONTEXT)
            .ok_or(NoRandomness)
    }

    /// None where a number is nought, which no 64 octets of HKDF or of chance ever are.
    fn with(role: Role, code: Scalar, secret: Scalar, context: Context) -> Option<Pake> {
        if bool::from(code.is_zero() | secret.is_zero()) {
            return None;
        }
        let share = encode(&(role.mask()? * code + ProjectivePoint::mul_by_generator(&secret)))?;
        Some(Pake { role, code: Zeroizing::new(code), secret: Zeroizing::new(secret), share, context })
    }

    /// What the other side has to get.
    pub fn share(&self) -> [u8; SHARE] {
        self.share
    }

    /// Takes the other's share.
    ///
    /// # Errors
    /// [`BadShare`].
    pub fn finish(self, share: &[u8; SHARE]) -> Result<Agreed, BadShare> {
        // Its form is fixed, so that the point at infinity cannot be said; the cofactor of P-256 is 1.
        let theirs = Some(share).filter(|share| share.first() == Some(&4)).and_then(|share| point(share));
        let mask = self.role.other().mask().ok_or(BadShare)?;
        let common = (theirs.ok_or(BadShare)? - mask * *self.code) * *self.secret;
        // With the point at infinity this fails.
        let common = Zeroizing::new(encode(&common).ok_or(BadShare)?);
        let (opener, joiner) = match self.role {
            Role::Opener => (&self.share, share),
            Role::Joiner => (share, &self.share),
        };
        let number = Zeroizing::new(<[u8; 32]>::from(self.code.to_bytes()));
        let transcript =
            transcript([self.context.opener, self.context.joiner, opener, joiner, &common[..], &number[..]]);
        let mut session = Zeroizing::new([0; 16]);
        let mut confirming = Zeroizing::new([0; 16]);
        let halves = digest(&SHA256, &transcript);
        let both = session.iter_mut().chain(confirming.iter_mut());
        both.zip(halves.as_ref()).for_each(|(to, from)| *to = *from);
        let keys: Zeroizing<[u8; 32]> =
            Zeroizing::new(hkdf(&[], &confirming[..], &[b"ConfirmationKeys", self.context.associated]));
        let (opener, joiner) = keys.split_at(16);
        let (own, others) = match self.role {
            Role::Opener => (opener, joiner),
            Role::Joiner => (joiner, opener),
        };
        let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let mut confirmation = [0; CONFIRMATION];
        let tag = hmac::sign(&key(own), &transcript);
        confirmation.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Ok(Agreed { session, confirmation, others_key: key(others), transcript })
    }
}

impl Agreed {
    /// What shows the other side that the codes are the same, and nothing else of the code.
    pub fn confirmation(&self) -> [u8; CONFIRMATION] {
        self.confirmation
    }

    /// Compares with what the other side sent, in constant time. The key is there only afterwards.
    ///
    /// # Errors
    /// [`CodesDiffer`].
    pub fn confirm(self, theirs: &[u8]) -> Result<SessionKey, CodesDiffer> {
        hmac::verify(&self.others_key, &self.transcript, theirs).map_err(|_| CodesDiffer)?;
        Ok(SessionKey(self.session))
    }
}

impl SessionKey {
    /// Its octets.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.0[..]
    }
}

/// `TT` of RFC 9382, section 3.3: each part behind its length.
fn transcript(parts: [&[u8]; 6]) -> Zeroizing<Vec<u8>> {
    let size = parts.iter().map(|part| 8 + part.len()).sum();
    let mut all = Zeroizing::new(Vec::with_capacity(size));
    for part in parts {
        all.extend((part.len() as u64).to_le_bytes());
        all.extend(part);
    }
    all
}

fn point(bytes: &[u8]) -> Option<ProjectivePoint> {
    let encoded = Sec1Point::from_bytes(bytes).ok()?;
    Option::<AffinePoint>::from(AffinePoint::from_sec1_point(&encoded)).map(ProjectivePoint::from)
}

/// None for the point at infinity.
fn encode(point: &ProjectivePoint) -> Option<[u8; SHARE]> {
    if bool::from(point.is_identity()) {
        return None;
    }
    point.to_affine().to_sec1_point(false).as_bytes().try_into().ok()
}

#[cfg(test)]
mod tests {
    use p256::elliptic_curve::ff::PrimeField as _;
    use proptest::prelude::*;

    use super::*;

    /// RFC 9382, appendix B: the four vectors.
    struct Vector {
        opener: &'static str,
        joiner: &'static str,
        w: &'static str,
        x: &'static str,
        y: &'static str,
        share_a: &'static str,
        share_b: &'static str,
        k: &'static str,
        hash: &'static str,
        confirm_a: &'static str,
        confirm_b: &'static str,
    }

    const VECTORS: [Vector; 4] = [
        Vector {
            opener: "server",
            joiner: "client",
            w: "2ee57912099d31560b3a44b1184b9b4866e904c49d12ac5042c97dca461b1a5f",
            x: "43dd0fd7215bdcb482879fca3220c6a968e66d70b1356cac18bb26c84a78d729",
            y: "dcb60106f276b02606d8ef0a328c02e4b629f84f89786af5befb0bc75b6e66be",
            share_a: "04a56fa807caaa53a4d28dbb9853b9815c61a411118a6fe516a8798434751470f9010153ac33d0d5f2047ffdb1a3e42c9b4e6be662766e1eeb4116988ede5f912c",
            share_b: "0406557e482bd03097ad0cbaa5df82115460d951e3451962f1eaf4367a420676d09857ccbc522686c83d1852abfa8ed6e4a1155cf8f1543ceca528afb591a1e0b7",
            k: "0412af7e89717850671913e6b469ace67bd90a4df8ce45c2af19010175e37eed69f75897996d539356e2fa6a406d528501f907e04d97515fbe83db277b715d3325",
            hash: "0e0672dc86f8e45565d338b0540abe6915bdf72e2b35b5c9e5663168e960a91b",
            confirm_a: "58ad4aa88e0b60d5061eb6b5dd93e80d9c4f00d127c65b3b35b1b5281fee38f0",
            confirm_b: "d3e2e547f1ae04f2dbdbf0fc4b79f8ecff2dff314b5d32fe9fcef2fb26dc459b",
        },
        Vector {
            opener: "",
            joiner: "client",
            w: "0548d8729f730589e579b0475a582c1608138ddf7054b73b5381c7e883e2efae",
            x: "403abbe3b1b4b9ba17e3032849759d723939a27a27b9d921c500edde18ed654b",
            y: "903023b6598908936ea7c929bd761af6039577a9c3f9581064187c3049d87065",
            share_a: "04a897b769e681c62ac1c2357319a3d363f610839c4477720d24cbe32f5fd85f44fb92ba966578c1b712be6962498834078262caa5b441ecfa9d4a9485720e918a",
            share_b: "04e0f816fd1c35e22065d5556215c097e799390d16661c386e0ecc84593974a61b881a8c82327687d0501862970c64565560cb5671f696048050ca66ca5f8cc7fc",
            k: "",
            hash: "642f05c473c2cd79909f9a841e2f30a70bf89b18180af97353ba198789c2b963",
            confirm_a: "47d29e6666af1b7dd450d571233085d7a9866e4d49d2645e2df975489521232b",
            confirm_b: "3313c5cefc361d27fb16847a91c2a73b766ffa90a4839122a9b70a2f6bd1d6df",
        },
        Vector {
            opener: "server",
            joiner: "",
            w: "626e0cdc7b14c9db3e52a0b1b3a768c98e37852d5db30febe0497b14eae8c254",
            x: "07adb3db6bc623d3399726bfdbfd3d15a58ea776ab8a308b00392621291f9633",
            y: "b6a4fc8dbb629d4ba51d6f91ed1532cf87adec98f25dd153a75accafafedec16",
            share_a: "04f88fb71c99bfffaea370966b7eb99cd4be0ff1a7d335caac4211c4afd855e2e15a873b298503ad8ba1d9cbb9a392d2ba309b48bfd7879aefd0f2cea6009763b0",
            share_b: "040c269d6be017dccb15182ac6bfcd9e2a14de019dd587eaf4bdfd353f031101e7cca177f8eb362a6e83e7d5e729c0732e1b528879c086f39ba0f31a9661bd34db",
            k: "",
            hash: "005184ff460da2ce59062c87733c299c3521297d736598fc0a1127600efa1afb",
            confirm_a: "bc9f9bbe99f26d0b2260e6456e05a86196a3307ec6663a18bf6ac825736533b2",
            confirm_b: "c2370e1bf813b086dff0d834e74425a06e6390f48f5411900276dcccc5a297ec",
        },
        Vector {
            opener: "",
            joiner: "",
            w: "7bf46c454b4c1b25799527d896508afd5fc62ef4ec59db1efb49113063d70cca",
            x: "8cef65df64bb2d0f83540c53632de911b5b24b3eab6cc74a97609fd659e95473",
            y: "d7a66f64074a84652d8d623a92e20c9675c61cb5b4f6a0063e4648a2fdc02d53",
            share_a: "04a65b367a3f613cf9f0654b1b28a1e3a8a40387956c8ba6063e8658563890f46ca1ef6a676598889fc28de2950ab8120b79a5ef1ea4c9f44bc98f585634b46d66",
            share_b: "04589f13218822710d98d8b2123a079041052d9941b9cf88c6617ddb2fcc0494662eea8ba6b64692dc318250030c6af045cb738bc81ba35b043c3dcb46adf6f58d",
            k: "",
            hash: "fc6374762ba5cf11f4b2caa08b2cd1b9907ae0e26e8d6234318d91583cd74c86",
            confirm_a: "dfb4db8d48ae5a675963ea5e6c19d98d4ea028d8e898dad96ea19a80ade95dca",
            confirm_b: "d0f0609d1613138d354f7e95f19fb556bf52d751947241e8c7118df5ef0ae175",
        },
    ];

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn scalar(text: &str) -> Scalar {
        let bytes: Vec<u8> =
            (0..32).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("digits")).collect();
        let bytes: [u8; 32] = bytes.try_into().expect("32 octets");
        Option::from(Scalar::from_repr(bytes.into())).expect("below the order")
    }

    /// Both the shares and what is computed from them, at both sides. The vectors have no associated data.
    #[test]
    fn the_vectors_of_rfc_9382() {
        for vector in &VECTORS {
            let start = |role, secret| {
                let context = Context {
                    opener: vector.opener.as_bytes(),
                    joiner: vector.joiner.as_bytes(),
                    associated: b"",
                };
                Pake::with(role, scalar(vector.w), scalar(secret), context).expect("not nought")
            };
            let (a, b) = (start(Role::Opener, vector.x), start(Role::Joiner, vector.y));
            assert_eq!((hex(&a.share()), hex(&b.share())), (vector.share_a.into(), vector.share_b.into()));
            let (share_a, share_b) = (a.share(), b.share());
            let (a, b) = (a.finish(&share_b).expect("a point"), b.finish(&share_a).expect("a point"));
            for side in [&a, &b] {
                assert_eq!(hex(digest(&SHA256, &side.transcript).as_ref()), vector.hash);
                assert!(hex(&side.transcript).contains(vector.k));
                assert_eq!(hex(&side.session[..]), vector.hash[..32]);
            }
            assert_eq!(hex(&a.confirmation()), vector.confirm_a);
            assert_eq!(hex(&b.confirmation()), vector.confirm_b);
            let (to_b, to_a) = (a.confirmation(), b.confirmation());
            assert!(a.confirm(&to_a).is_ok() && b.confirm(&to_b).is_ok());
        }
    }

    #[test]
    fn the_masks_are_points() {
        assert!(Role::Opener.mask().is_some() && Role::Joiner.mask().is_some());
    }

    fn pair(opener: &Code, joiner: &Code) -> (Agreed, Agreed) {
        let a = Pake::start(Role::Opener, opener).expect("random bytes");
        let b = Pake::start(Role::Joiner, joiner).expect("random bytes");
        let (share_a, share_b) = (a.share(), b.share());
        (a.finish(&share_b).expect("a point"), b.finish(&share_a).expect("a point"))
    }

    #[test]
    fn the_same_code_gives_the_same_key() {
        let code = Code::of(7, [1, 2]);
        let (a, b) = pair(&code, &code);
        let (from_a, from_b) = (a.confirmation(), b.confirmation());
        assert_ne!(from_a, from_b);
        let (a, b) = (a.confirm(&from_b).expect("the same"), b.confirm(&from_a).expect("the same"));
        assert_eq!(a.octets(), b.octets());
        let again = pair(&code, &code).0;
        assert_ne!(again.session[..], *a.octets(), "each run has a key of its own");
    }

    /// The number is part of the code, the order of the words too.
    #[test]
    fn another_code_is_seen_by_both() {
        for other in [Code::of(7, [1, 3]), Code::of(7, [0, 2]), Code::of(8, [1, 2]), Code::of(7, [2, 1])] {
            let (a, b) = pair(&Code::of(7, [1, 2]), &other);
            let (from_a, from_b) = (a.confirmation(), b.confirmation());
            assert!(a.confirm(&from_b).is_err() && b.confirm(&from_a).is_err());
        }
    }

    #[test]
    fn a_share_that_comes_back_confirms_nothing() {
        let code = Code::of(7, [1, 2]);
        let a = Pake::start(Role::Opener, &code).expect("random bytes");
        let own = a.share();
        let agreed = a.finish(&own).expect("a point");
        let reflected = agreed.confirmation();
        assert!(agreed.confirm(&reflected).is_err());
    }

    #[test]
    fn what_is_no_point_is_refused() {
        let start = || Pake::start(Role::Opener, &Code::of(7, [1, 2])).expect("random bytes");
        let mut off = start().share();
        off[64] ^= 1;
        let mut compressed = [0; SHARE];
        compressed[..33].copy_from_slice(&N);
        let mut hybrid = start().share();
        hybrid[0] = 6 | hybrid[64] & 1;
        for share in [off, compressed, hybrid, [0; SHARE], [4; SHARE], [0xFF; SHARE]] {
            assert!(start().finish(&share).is_err(), "{}", hex(&share));
        }
        // The share that makes the common point the one at infinity, for which one has to know the code.
        let a = start();
        let share = encode(&(Role::Joiner.mask().expect("a point") * *a.code)).expect("a point");
        assert!(a.finish(&share).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_share_breaks_it(bytes in prop::collection::vec(any::<u8>(), SHARE), form in prop::option::of(Just(4))) {
            let mut share: [u8; SHARE] = bytes.try_into().expect("so many");
            share[0] = form.unwrap_or(share[0]);
            let _ = Pake::start(Role::Joiner, &Code::of(1, [0, 0])).expect("random bytes").finish(&share);
        }
    }
}
