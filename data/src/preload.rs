//! The HSTS preload list of the browsers: hosts that are never asked over plain http, not even the first time.
//!
//! The list is compact and is searched as it lies there. Names are kept back to front (`moc.elpmaxe`), sorted, in
//! blocks of 32: the first name of a block in full, each further one as the number of bytes that it shares
//! with the one before, and the rest. All numbers are big-endian.
//!
//! ```text
//! text lines "origin: …", "date: …", "licence: …", an empty line
//! u32  number of names
//! u32  number of blocks, then for each a u32: where it begins, from the end of this table
//! blocks: for each name  u8 shared bytes (0 for the first), u8 rest bytes, rest; the top bit of the second
//!         says that the names below are included
//! ```

use std::cmp::Ordering;

use crate::Source;

/// Names of a block, when a list is written.
#[cfg(any(test, feature = "write"))]
const BLOCK: usize = 32;
/// The top bit of a name's length.
const SUBDOMAINS: u8 = 0x80;
/// The longest name that is written. Names of the DNS have at most 253 bytes, and the list's are shorter.
#[cfg(any(test, feature = "write"))]
const LONGEST: usize = 0x7f;

static FILE: &[u8] = include_bytes!("../hsts-preload.bin");

/// A preload list.
#[derive(Debug)]
pub struct List<'a> {
    /// Where it is from.
    pub source: Source,
    names: u32,
    table: &'a [u8],
    blocks: &'a [u8],
}

/// What the list says of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name that is on the list: the host itself, or one above it.
    pub name: String,
    /// The names below are included.
    pub include_subdomains: bool,
}

/// The bundled list.
pub fn list() -> List<'static> {
    List::read(FILE).unwrap_or_else(|| List {
        source: Source { origin: "unknown".into(), date: "unknown".into(), licence: "unknown".into() },
        names: 0,
        table: &[],
        blocks: &[],
    })
}

impl<'a> List<'a> {
    /// Reads a list; none where it is not one.
    pub fn read(file: &'a [u8]) -> Option<Self> {
        let end = file.windows(2).position(|two| two == b"\n\n")?;
        let text = std::str::from_utf8(file.get(..end)?).ok()?;
        let said = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
            Some(value.to_owned().into())
        };
        let source = Source { origin: said("origin")?, date: said("date")?, licence: said("licence")? };
        let rest = file.get(end + 2..)?;
        let (names, rest) = (number(rest)?, rest.get(4..)?);
        let (count, rest) = (number(rest)? as usize, rest.get(4..)?);
        let (table, blocks) = rest.split_at_checked(count.checked_mul(4)?)?;
        Some(List { source, names, table, blocks })
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names as usize
    }

    /// True for a list without names.
    pub fn is_empty(&self) -> bool {
        self.names == 0
    }

    /// The entry that decides for a host, an ASCII name: the most specific of those for the host and the names
    /// above it, as browsers do it. None where that one is for a name above and does not include those below.
    pub fn lookup(&self, host: &str) -> Option<Entry> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let mut name = host.as_str();
        loop {
            if let Some(include_subdomains) = self.exactly(name) {
                let decides = include_subdomains || name == host;
                return decides.then(|| Entry { name: name.to_owned(), include_subdomains });
            }
            name = name.split_once('.')?.1;
        }
    }

    /// Whether the names below are included, where exactly this name is on the list.
    fn exactly(&self, name: &str) -> Option<bool> {
        let key: Vec<u8> = name.bytes().rev().collect();
        let blocks = self.table.len() / 4;
        // The last block whose first name is not greater.
        let (mut low, mut high) = (0, blocks);
        while low < high {
            let middle = low.midpoint(high);
            match self.names_of(middle).next()?.0.as_slice().cmp(&key) {
                Ordering::Greater => high = middle,
                Ordering::Less | Ordering::Equal => low = middle + 1,
            }
        }
        self.names_of(low.checked_sub(1)?).find(|(name, _)| *name == key).map(|(_, included)| included)
    }

    /// The names of a block, back to front.
    fn names_of(&self, block: usize) -> Names<'a> {
        let start = self.table.get(block * 4..).and_then(number).unwrap_or(u32::MAX) as usize;
        let end = self.table.get(block * 4 + 4..).and_then(number).unwrap_or(u32::MAX) as usize;
        let end = end.min(self.blocks.len());
        Names { rest: self.blocks.get(start..end).unwrap_or_default(), name: Vec::new() }
    }

    /// Every name with whether those below are included, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = (String, bool)> {
        (0..self.table.len() / 4)
            .flat_map(|block| self.names_of(block))
            .map(|(name, included)| (String::from_utf8_lossy(&name).chars().rev().collect(), included))
    }
}

struct Names<'a> {
    rest: &'a [u8],
    name: Vec<u8>,
}

impl Iterator for Names<'_> {
    type Item = (Vec<u8>, bool);

    fn next(&mut self) -> Option<Self::Item> {
        let (&[shared, length], rest) = self.rest.split_first_chunk()?;
        let (own, rest) = rest.split_at_checked((length & !SUBDOMAINS).into())?;
        self.rest = rest;
        self.name.truncate(shared.into());
        self.name.extend_from_slice(own);
        Some((self.name.clone(), length & SUBDOMAINS != 0))
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// Writes a list in the compact form.
///
/// # Errors
/// A sentence that names the name which cannot be held.
#[cfg(any(test, feature = "write"))]
pub fn write(source: &Source, names: &[(String, bool)]) -> Result<Vec<u8>, String> {
    let mut keys: Vec<(Vec<u8>, bool)> = Vec::with_capacity(names.len());
    for (name, included) in names {
        if name.is_empty() || name.len() > LONGEST || !name.is_ascii() {
            return Err(format!("'{name}' is not a name of 1 to {LONGEST} ASCII characters"));
        }
        keys.push((name.to_ascii_lowercase().bytes().rev().collect(), *included));
    }
    keys.sort();
    keys.dedup_by(|a, b| a.0 == b.0);
    let (mut table, mut blocks) = (Vec::new(), Vec::new());
    let mut before: &[u8] = &[];
    for (index, (key, included)) in keys.iter().enumerate() {
        if index % BLOCK == 0 {
            table.extend(u32::try_from(blocks.len()).map_err(|_| "the list is too long")?.to_be_bytes());
            before = &[];
        }
        let shared = key.iter().zip(before).take_while(|(a, b)| a == b).count();
        let own = key.get(shared..).unwrap_or_default();
        let flag = if *included { SUBDOMAINS } else { 0 };
        // Both fit: a name has at most LONGEST bytes.
        blocks.extend([shared as u8, own.len() as u8 | flag]);
        blocks.extend(own);
        before = key;
    }
    let Source { origin, date, licence } = source;
    let mut file = format!("origin: {origin}\ndate: {date}\nlicence: {licence}\n\n").into_bytes();
    for count in [keys.len(), table.len() / 4] {
        file.extend(u32::try_from(count).map_err(|_| "the list is too long")?.to_be_bytes());
    }
    file.append(&mut table);
    file.append(&mut blocks);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn source() -> Source {
        Source { origin: "a test".into(), date: "2026-01-01".into(), licence: "none".into() }
    }

    fn file(names: &[(&str, bool)]) -> Vec<u8> {
        let names: Vec<_> = names.iter().map(|(name, included)| ((*name).to_owned(), *included)).collect();
        write(&source(), &names).expect("names that fit")
    }

    fn found(list: &List<'_>, host: &str) -> Option<(String, bool)> {
        list.lookup(host).map(|entry| (entry.name, entry.include_subdomains))
    }

    #[test]
    fn the_most_specific_name_decides() {
        let file =
            file(&[("dev", true), ("plain.dev", false), ("shop.example", false), ("bank.example", true)]);
        let list = List::read(&file).expect("a list");
        assert_eq!(list.source, source());
        for (host, expected) in [
            ("dev", Some(("dev", true))),
            ("a.b.dev", Some(("dev", true))),
            ("plain.dev", Some(("plain.dev", false))),
            // Chromium takes the longest name, even where that one excludes what a shorter one includes.
            ("a.plain.dev", None),
            ("shop.example", Some(("shop.example", false))),
            ("SHOP.example.", Some(("shop.example", false))),
            ("www.shop.example", None),
            ("www.bank.example", Some(("bank.example", true))),
            ("xbank.example", None),
            ("example", None),
            ("", None),
        ] {
            assert_eq!(found(&list, host), expected.map(|(name, all)| (name.to_owned(), all)), "{host}");
        }
    }

    #[test]
    fn the_bundled_list_is_whole_and_small() {
        assert!(FILE.len() < 2 << 20, "{} bytes", FILE.len());
        let list = list();
        assert!(list.len() > 50_000);
        assert_eq!(list.iter().count(), list.len());
        assert!(list.source.date.parse::<jiff::civil::Date>().is_ok());
        for (host, expected) in [
            ("accounts.google.com", true),
            ("midwatch.dev", true),
            ("www.github.com", true),
            ("example.com", false),
            ("shop.example", false),
        ] {
            assert_eq!(list.lookup(host).is_some(), expected, "{host}");
        }
        for (name, included) in list.iter().step_by(997) {
            assert_eq!(found(&list, &name), Some((name.clone(), included)));
        }
    }

    #[test]
    fn a_name_that_does_not_fit_is_an_error() {
        assert!(write(&source(), &[(String::new(), true)]).is_err());
        assert!(write(&source(), &[("a".repeat(128), true)]).is_err());
        assert!(write(&source(), &[("b\u{fc}cher.example".into(), true)]).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_found(
            names in proptest::collection::btree_map("[a-c]{1,2}(\\.[a-c]{1,2}){0,3}", any::<bool>(), 0..200),
            host in "[a-c]{1,2}(\\.[a-c]{1,2}){0,4}",
        ) {
            let list: Vec<(String, bool)> = names.clone().into_iter().collect();
            let file = write(&source(), &list).expect("names that fit");
            let read = List::read(&file).expect("a list");
            prop_assert_eq!(read.iter().collect::<BTreeMap<_, _>>(), names.clone());
            let mut name = host.as_str();
            let expected = loop {
                match (names.get(name), name.split_once('.')) {
                    (Some(&all), _) => break (all || name == host).then(|| (name.to_owned(), all)),
                    (None, Some((_, above))) => name = above,
                    (None, None) => break None,
                }
            };
            prop_assert_eq!(found(&read, &host), expected);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut file = b"origin: a\ndate: b\nlicence: c\n\n".to_vec();
            file.extend(bytes);
            if let Some(list) = List::read(&file) {
                let _ = (list.lookup("a.example"), list.iter().count());
            }
        }
    }
}
