//! Generic netlink: families of messages, each with a number that the kernel gives it (`linux/genetlink.h`).

use super::{Attributes, attribute, u16_at, until_zero};

/// The kind of messages of the controller, which lists the families (GENL_ID_CTRL).
pub const CONTROLLER: u16 = 16;

/// CTRL_CMD_GETFAMILY.
pub const GET_FAMILY: u8 = 3;

const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;

/// genlmsghdr.
const LENGTH: usize = 4;

/// The body of a message: a command, and attributes.
pub fn body(command: u8, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    // The version of the family and two reserved bytes.
    let mut body = vec![command, 1, 0, 0];
    for (kind, value) in attributes {
        Attributes::put(&mut body, *kind, value);
    }
    body
}

/// The attributes of a body.
pub fn attributes(body: &[u8]) -> Option<&[u8]> {
    body.get(LENGTH..)
}

/// The number of the family of this name, where the body is about it.
pub fn family(body: &[u8], name: &str) -> Option<u16> {
    let attributes = attributes(body)?;
    let is_it = until_zero(attribute(attributes, FAMILY_NAME)?) == name.as_bytes();
    u16_at(attribute(attributes, FAMILY_ID)?, 0).filter(|_| is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_found_by_its_name() {
        let told = |name: &[u8]| body(1, &[(FAMILY_NAME, name), (FAMILY_ID, &28_u16.to_ne_bytes())]);
        assert_eq!(family(&told(b"nl80211\0"), "nl80211"), Some(28));
        assert_eq!(family(&told(b"nl80211"), "nl80211"), Some(28));
        assert_eq!(family(&told(b"nl802154\0"), "nl80211"), None);
        assert_eq!(family(&[1, 1], "nl80211"), None);
    }
}
