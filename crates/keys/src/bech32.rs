//! Bech32 (BIP 173) without its limit on length, as age has it.

const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The longest that is read, in characters. age's post-quantum recipients have about two thousand.
const MAX: usize = 8192;

/// The part before the separator in lower case, and the bytes after it. None where it is not whole, or its checksum does not
/// hold.
pub fn decode(text: &str) -> Option<(String, Vec<u8>)> {
    let mixed = text.bytes().any(|b| b.is_ascii_uppercase()) && text.bytes().any(|b| b.is_ascii_lowercase());
    if text.len() > MAX || mixed || !text.bytes().all(|byte| (33..=126).contains(&byte)) {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let (prefix, data) = text.rsplit_once('1')?;
    let digits: Option<Vec<u8>> =
        data.bytes().map(|byte| DIGITS.iter().position(|&digit| digit == byte).map(|at| at as u8)).collect();
    let digits = digits?;
    let high = prefix.bytes().map(|byte| byte >> 5);
    let low = prefix.bytes().map(|byte| byte & 31);
    let all = high.chain([0]).chain(low).chain(digits.iter().copied());
    if prefix.is_empty() || digits.len() < 6 || polymod(all) != 1 {
        return None;
    }
    let values = digits.get(..digits.len() - 6)?;
    let mut bytes = Vec::with_capacity(values.len() * 5 / 8);
    let (mut held, mut bits) = (0_u32, 0);
    for value in values {
        held = held << 5 | u32::from(*value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    // What is left over must be fewer than five bits, and nought.
    (bits < 5 && held == 0).then(|| (prefix.to_owned(), bytes))
}

fn polymod(values: impl Iterator<Item = u8>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.fold(1, |sum, value| {
        let next = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
        GENERATOR.iter().enumerate().fold(next, |next, (bit, generator)| {
            if sum >> (25 + bit) & 1 == 1 { next ^ generator } else { next }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strings of BIP 173 that hold whole bytes, and such as are at fault. Longer ones come from age-keygen.
    #[test]
    fn the_vectors_of_bip_173() {
        assert_eq!(decode("A12UEL5L"), Some(("a".into(), Vec::new())));
        for wrong in
            ["pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "A12uEL5L", "a12uel5m", ""]
        {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
