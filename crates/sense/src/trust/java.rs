//! Java's stores, in Java's own form (JKS). Those in PKCS #12 are encrypted and not read.

use midwatch_model::{AnchorOrigin, Reason, ReasonKind, Time};
use midwatch_wire::reader::{Reader, WireError};

use super::Store;
use crate::System;
use crate::system::Place;

/// Entries of one store that are read.
const MAX_ENTRIES: u32 = 10_000;

pub(super) fn stores(system: &System) -> Vec<Store> {
    let mut places = vec![
        system.at("/etc/ssl/certs/java/cacerts"),
        system.at("/etc/pki/java/cacerts"),
        system.at("/etc/pki/ca-trust/extracted/java/cacerts"),
    ];
    for machine in system.list(&system.at("/usr/lib/jvm")).unwrap_or_default() {
        places.push(machine.join("lib/security/cacerts"));
        places.push(machine.join("jre/lib/security/cacerts"));
    }
    // Most of them are links to one file.
    let mut known: Vec<String> = Vec::new();
    let mut stores = Vec::new();
    for place in places.into_iter().filter(|place| system.exists(place)) {
        let real = system.real(&place).unwrap_or_else(|| place.shown.clone());
        if !known.contains(&real) {
            known.push(real);
            stores.push(store(system, &place));
        }
    }
    stores
}

fn store(system: &System, place: &Place) -> Store {
    let mut store = Store::new(format!("Java ({})", place.shown));
    let bytes = match system.read(place) {
        Ok(bytes) => bytes.unwrap_or_default(),
        Err(why) => {
            store.failed = Some(why);
            return store;
        }
    };
    if bytes.first() == Some(&0x30) {
        let detail = format!(
            "{} is in PKCS #12, which is encrypted: keytool -list -keystore {} -storepass changeit lists it",
            place.shown, place.shown
        );
        store.failed = Some(Reason::new(ReasonKind::Other, detail));
        return store;
    }
    match entries(&bytes) {
        Ok(entries) => {
            for entry in entries {
                // So a JDK marks the roots that it brings itself.
                let origin = match entry.alias.ends_with(b"[jdk]") {
                    true => AnchorOrigin::Distribution,
                    false => AnchorOrigin::Administrator,
                };
                store.add(entry.der.to_vec(), &place.shown, entry.since, origin);
            }
        }
        Err(error) => {
            let detail = format!("{} is no store of Java's that can be read ({error})", place.shown);
            store.failed = Some(Reason::new(ReasonKind::Protocol, detail));
        }
    }
    store
}

/// A certificate of a store.
struct Entry<'a> {
    alias: &'a [u8],
    since: Option<Time>,
    der: &'a [u8],
}

/// The certificates of a store, each with the time at which it was added. The digest at the end, which is over a
/// password that everybody knows, is not looked at.
fn entries(bytes: &[u8]) -> Result<Vec<Entry<'_>>, WireError> {
    let mut reader = Reader::new(bytes, "the store");
    if reader.bytes(4)? != [0xfe, 0xed, 0xfe, 0xed] {
        return Err(WireError::Invalid("it does not begin as one".into()));
    }
    let version = number(&mut reader)?;
    let count = number(&mut reader)?.min(MAX_ENTRIES);
    let mut found = Vec::new();
    for _ in 0..count {
        let tag = number(&mut reader)?;
        let alias = reader.vector(2, "an alias")?.rest();
        let (high, low) = (number(&mut reader)?, number(&mut reader)?);
        let milliseconds = i64::from(high) << 32 | i64::from(low);
        let since = Time::from_millisecond(milliseconds).ok();
        let certificates = match tag {
            // A private key with its chain, which is not trusted for its own sake.
            1 => {
                let length = number(&mut reader)?;
                take(&mut reader, length)?;
                number(&mut reader)?
            }
            2 => 1,
            _ => return Err(WireError::Invalid(format!("an entry of kind {tag}"))),
        };
        for _ in 0..certificates {
            if version >= 2 {
                reader.vector(2, "a kind of certificate")?;
            }
            let length = number(&mut reader)?;
            let der = take(&mut reader, length)?;
            if tag == 2 {
                found.push(Entry { alias, since, der });
            }
        }
    }
    Ok(found)
}

fn number(reader: &mut Reader<'_>) -> Result<u32, WireError> {
    Ok(reader.bytes(4)?.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
}

fn take<'a>(reader: &mut Reader<'a>, length: u32) -> Result<&'a [u8], WireError> {
    let length = usize::try_from(length).map_err(|_| WireError::Short("the store"))?;
    reader.bytes(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{root, stores as of};
    use super::*;
    use crate::system::testing::Tree;

    /// A store as keytool writes one, with a certificate and a key before it.
    fn jks(der: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 2];
        let head = |bytes: &mut Vec<u8>, tag: u8| {
            bytes.extend([0, 0, 0, tag, 0, 3]);
            bytes.extend(b"own");
            // 2026-01-01T00:00:00Z.
            bytes.extend(1_767_225_600_000_u64.to_be_bytes());
        };
        let certificate = |bytes: &mut Vec<u8>, der: &[u8]| {
            bytes.extend([0, 5]);
            bytes.extend(b"X.509");
            bytes.extend(u32::try_from(der.len()).unwrap().to_be_bytes());
            bytes.extend(der);
        };
        head(&mut bytes, 1);
        bytes.extend([0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 1]);
        certificate(&mut bytes, b"chain");
        head(&mut bytes, 2);
        certificate(&mut bytes, der);
        bytes.extend([0; 20]);
        bytes
    }

    #[test]
    fn what_was_added_is_found_with_its_time() {
        let (_, der) = root("/CN=Own Root", &[]);
        let tree = Tree::new(&[]);
        tree.write("/etc/ssl/certs/java/cacerts", &jks(&der));
        tree.link("/usr/lib/jvm/java-21/lib/security/cacerts", "/etc/ssl/certs/java/cacerts");
        let found = of(&tree, &[]);
        assert_eq!(found.len(), 2, "the system's, and one of Java's");
        assert_eq!(found[1].store, "Java (/etc/ssl/certs/java/cacerts)");
        assert_eq!(found[1].private[0].subject, "CN=Own Root");
        assert_eq!(
            found[1].private[0].since.map(|time| time.to_string()).as_deref(),
            Some("2026-01-01T00:00:00Z")
        );
    }

    #[test]
    fn an_encrypted_store_says_how_it_is_read() {
        let tree = Tree::new(&[("/etc/ssl/certs/java/cacerts", "0\u{1}")]);
        let found = of(&tree, &[]);
        let why = found[1].certificates.why_not().unwrap();
        assert!(why.detail.contains("keytool -list"), "{why}");
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>, cut in 0_usize..200) {
            let _ = entries(&bytes);
            let mut store = jks(b"certificate");
            store.truncate(cut);
            let _ = entries(&store);
        }
    }
}
