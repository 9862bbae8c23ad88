//! CBOR (RFC 8949) as far as authenticators write it: definite lengths, no tags, no floating point (CTAP 2.1, section 8).

/// How deep arrays and maps may lie in each other: CTAP 2.1, section 8, allows four.
const DEPTH: usize = 4;

/// The most entries of one array or map.
const ENTRIES: usize = 64;

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// An integer.
    Number(i64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A text string.
    Text(&'a str),
    /// An array.
    Array(Vec<Item<'a>>),
    /// A map, in the order in which it came, no key twice.
    Map(Vec<(Item<'a>, Item<'a>)>),
    /// True or false.
    Bool(bool),
    /// Null.
    Null,
}

impl<'a> Item<'a> {
    /// The value under a number in a map.
    pub fn at(&self, key: i64) -> Option<&Item<'a>> {
        self.find(&Item::Number(key))
    }

    /// The value under a name in a map.
    pub fn named(&self, key: &'a str) -> Option<&Item<'a>> {
        self.find(&Item::Text(key))
    }

    fn find(&self, key: &Item<'a>) -> Option<&Item<'a>> {
        let Item::Map(entries) = self else { return None };
        entries.iter().find(|(have, _)| have == key).map(|(_, value)| value)
    }

    /// As a number.
    pub fn number(&self) -> Option<i64> {
        if let Item::Number(number) = self { Some(*number) } else { None }
    }

    /// As octets.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        if let Item::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

/// Reads one item, and gives what follows it. Nothing where that is not what an authenticator may write.
pub fn read(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    item(bytes, DEPTH)
}

fn item(bytes: &[u8], depth: usize) -> Option<(Item<'_>, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (major, minor) = (first >> 5, first & 31);
    let (value, rest) = match minor {
        0..=23 => (u64::from(minor), rest),
        24..=27 => {
            let (number, rest) = rest.split_at_checked(1 << (minor - 24))?;
            (number.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)), rest)
        }
        // Reserved, or of indefinite length.
        _ => return None,
    };
    let length = || usize::try_from(value).ok();
    match major {
        0 => Some((Item::Number(i64::try_from(value).ok()?), rest)),
        1 => Some((Item::Number(-1 - i64::try_from(value).ok()?), rest)),
        2 => rest.split_at_checked(length()?).map(|(bytes, rest)| (Item::Bytes(bytes), rest)),
        3 => {
            let (text, rest) = rest.split_at_checked(length()?)?;
            Some((Item::Text(std::str::from_utf8(text).ok()?), rest))
        }
        4 => {
            let mut rest = rest;
            let mut items = Vec::new();
            for _ in 0..length().filter(|length| *length <= ENTRIES && depth > 0)? {
                let (one, after) = item(rest, depth - 1)?;
                items.push(one);
                rest = after;
            }
            Some((Item::Array(items), rest))
        }
        5 => {
            let mut rest = rest;
            let mut entries: Vec<(Item<'_>, Item<'_>)> = Vec::new();
            for _ in 0..length().filter(|length| *length <= ENTRIES && depth > 0)? {
                let (key, after) = item(rest, depth - 1)?;
                let (value, after) = item(after, depth - 1)?;
                if entries.iter().any(|(have, _)| *have == key) {
                    return None;
                }
                entries.push((key, value));
                rest = after;
            }
            Some((Item::Map(entries), rest))
        }
        7 => match minor {
            20 => Some((Item::Bool(false), rest)),
            21 => Some((Item::Bool(true), rest)),
            22 => Some((Item::Null, rest)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Option<Item<'_>> {
        read(bytes).filter(|(_, rest)| rest.is_empty()).map(|(item, _)| item)
    }

    /// Of RFC 8949, appendix A.
    #[test]
    fn the_rfcs_examples() {
        assert_eq!(all(&[0x00]), Some(Item::Number(0)));
        assert_eq!(all(&[0x18, 0x64]), Some(Item::Number(100)));
        assert_eq!(all(&[0x1b, 0, 0, 0, 0xe8, 0xd4, 0xa5, 0x10, 0]), Some(Item::Number(1_000_000_000_000)));
        assert_eq!(all(&[0x39, 0x03, 0xe7]), Some(Item::Number(-1000)));
        assert_eq!(all(&[0x44, 1, 2, 3, 4]), Some(Item::Bytes(&[1, 2, 3, 4])));
        assert_eq!(all(&[0x64, 0x49, 0x45, 0x54, 0x46]), Some(Item::Text("IETF")));
        assert_eq!(all(&[0xf5]), Some(Item::Bool(true)));
        let map = all(&[0xa2, 0x01, 0x02, 0x03, 0x04]).expect("a map");
        assert_eq!(map.at(3).and_then(Item::number), Some(4));
        let array = [0x83, 0x01, 0x82, 0x02, 0x03, 0x82, 0x04, 0x05];
        assert!(matches!(all(&array), Some(Item::Array(items)) if items.len() == 3));
    }

    #[test]
    fn what_no_authenticator_writes_is_refused() {
        let cases: [&[u8]; 10] = [
            &[],
            &[0x5f, 0x41, 1, 0xff],
            &[0xc0, 0x00],
            &[0xf9, 0x3c, 0x00],
            &[0x44, 1, 2],
            &[0x61, 0xff],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x00],
            &[0xa2, 0x01, 0x02, 0x01, 0x03],
        ];
        for case in cases {
            assert_eq!(all(case), None, "{case:02x?}");
        }
    }
}
