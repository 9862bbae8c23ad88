//! The system's resolvers.

use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use midwatch_model::{Reason, ReasonKind};

/// Name servers that resolvers of the C library heed (MAXNS in resolv.conf(5)).
const MAX_SERVERS: usize = 3;

/// The longest file that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// The name servers of a file in the form of resolv.conf(5), at most three.
///
/// # Errors
/// [`ReasonKind::Other`] where it cannot be read or names none.
pub(super) fn servers(path: &Path) -> Result<Vec<SocketAddr>, Reason> {
    let failed = |detail: String| Reason::new(ReasonKind::Other, detail);
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE).read_to_string(&mut text))
        .map_err(|error| failed(format!("{} cannot be read: {error}", path.display())))?;
    let found = parse(&text);
    if found.is_empty() {
        return Err(failed(format!("{} names no resolver; name one with --resolver", path.display())));
    }
    Ok(found)
}

fn parse(text: &str) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if words.next() != Some("nameserver") {
            continue;
        }
        // An address with a zone (fe80::1%eth0) is left to the system, which knows its interfaces.
        let Some(ip) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else { continue };
        found.push(SocketAddr::new(ip, 53));
        if found.len() == MAX_SERVERS {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_at_most_and_nothing_else() {
        let text = "# nameserver 192.0.2.9\nsearch example\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 \n\
                    nameserver fe80::1%eth0\nnameserver x\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n";
        let found: Vec<String> = parse(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.3:53"]);
        assert!(servers(Path::new("/nonexistent/resolv.conf")).is_err());
    }
}
