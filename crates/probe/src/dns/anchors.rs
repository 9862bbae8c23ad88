//! Where validation begins.

use bytes::Bytes;
use domain::base::{Rtype, ToName};
use domain::dnssec::validator::anchor::TrustAnchors;
use domain::zonefile::inplace::{Entry, Zonefile};

/// The root's key-signing keys as DS records: KSK-2017 (key tag 20326) and KSK-2024 (38696), which IANA publishes
/// at <https://data.iana.org/root-anchors/root-anchors.xml>; as of 2025-01-11.
const IANA: &str = "\
. 3600 IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
. 3600 IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
";

/// The longest file of anchors, in bytes.
pub const MAX_ANCHORS: usize = 64 * 1024;

/// Trust anchors as zone-file lines that have been read once and hold nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchors {
    text: String,
    /// Owner of the first record, without the dot of the root unless it is the root.
    owner: String,
}

impl Default for Anchors {
    fn default() -> Self {
        Anchors { text: IANA.into(), owner: ".".into() }
    }
}

impl Anchors {
    /// Reads DS and DNSKEY records in the form of zone files (RFC 1035 5), with full names.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_ANCHORS {
            return Err(format!("it is longer than {MAX_ANCHORS} bytes"));
        }
        let mut owner = None;
        for record in records(text)? {
            let (name, rtype) = record;
            if rtype != Rtype::DS && rtype != Rtype::DNSKEY {
                return Err(format!("{name} {rtype}: only DS and DNSKEY records can be trust anchors"));
            }
            owner.get_or_insert(name);
        }
        let owner = owner.ok_or("it holds no record; a line such as '. IN DS 20326 8 2 E06D…' is wanted")?;
        TrustAnchors::from_u8(text.as_bytes()).map_err(|error| format!("it cannot be used: {error}"))?;
        Ok(Anchors { text: text.to_owned(), owner })
    }

    /// The name whose keys the first anchor vouches for.
    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    /// In the form that the validator takes.
    pub(super) fn build(&self) -> TrustAnchors {
        // Read before without an error; an empty set proves nothing, and so vouches for nothing.
        TrustAnchors::from_u8(self.text.as_bytes()).unwrap_or_else(|_| TrustAnchors::empty())
    }
}

fn records(text: &str) -> Result<Vec<(String, Rtype)>, String> {
    let mut zone = Zonefile::new();
    zone.set_default_class(domain::base::iana::Class::IN);
    zone.extend_from_slice(text.as_bytes());
    zone.extend_from_slice(b"\n");
    let mut found = Vec::new();
    for entry in zone {
        match entry.map_err(|error| format!("it is no zone file: {error}"))? {
            Entry::Record(record) => {
                let name = super::message::name(&record.owner().to_name::<Bytes>());
                found.push((name, domain::base::RecordData::rtype(record.data())));
            }
            Entry::Include { .. } => return Err("$INCLUDE is not followed".into()),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_own_are_built_in() {
        assert_eq!(Anchors::parse(IANA), Ok(Anchors::default()));
        assert_eq!(Anchors::default().owner(), ".");
    }

    #[test]
    fn other_text_is_refused_with_a_reason() {
        assert!(Anchors::parse("").unwrap_err().contains("no record"));
        assert!(Anchors::parse("; nothing\n").unwrap_err().contains("no record"));
        assert!(
            Anchors::parse("shop.example. 60 IN A 192.0.2.1").unwrap_err().contains("only DS and DNSKEY")
        );
        assert!(Anchors::parse(". IN DS 1 8").is_err());
        assert!(Anchors::parse(&"; \n".repeat(MAX_ANCHORS)).unwrap_err().contains("longer"));
    }
}
