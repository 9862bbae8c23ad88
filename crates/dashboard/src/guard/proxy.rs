//! A proxy in front that takes TLS off. Only proxies that are listed speak for others, and only by their last word: what a
//! client wrote into `X-Forwarded-For` itself stands before that, and counts as little as what comes from anywhere else.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use midwatch_model::AddressRange;

use super::addresses::Allowed;
use super::visitor::Why;
use crate::tls::Peer;

/// By whom somebody was met, as a proxy writes it: the last one it met stands last.
const FOR: &str = "x-forwarded-for";

/// By what somebody asked the proxy.
const PROTO: &str = "x-forwarded-proto";

/// The proxies in front, and for whom they may ask.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Their addresses. Without any, nobody speaks for others.
    pub addresses: Vec<AddressRange>,
    /// Who may ask through them.
    pub allowed: Allowed,
}

impl Proxies {
    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// Whether this address is one of theirs.
    pub fn has(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|range| range.contains(address.to_canonical()))
    }

    /// Who may connect to a listener with TLS or without. Where proxies take TLS off, nobody else connects without.
    pub fn connect(&self, is_tls: bool) -> Allowed {
        let Proxies { addresses, allowed: Allowed(allowed) } = self;
        match (addresses.as_slice(), is_tls) {
            ([], _) => Allowed(allowed.clone()),
            (addresses, false) => Allowed(addresses.to_vec()),
            // Nobody is listed, so that everybody may.
            (_, true) if allowed.is_empty() => Allowed::default(),
            (addresses, true) => Allowed([allowed.as_slice(), addresses].concat()),
        }
    }

    /// Who asks in truth. Whoever is no proxy is who connected, whatever the headers say.
    pub(crate) fn client(&self, peer: Peer, headers: &HeaderMap) -> Result<Peer, Why> {
        if self.is_empty() {
            return Ok(peer);
        }
        if !self.has(peer.address.ip()) {
            // Past the proxy there is TLS of our own or nothing.
            return if peer.is_tls { Ok(peer) } else { Err(Why::Plain) };
        }
        let address = self.hop(headers).ok_or(Why::Hop)?;
        let mut said = headers.get_all(PROTO).iter();
        let is_https = said.next().is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"));
        if !is_https || said.next().is_some() {
            return Err(Why::Plain);
        }
        if !self.allowed.has(address) {
            return Err(Why::Address);
        }
        Ok(Peer { address: SocketAddr::new(address, 0), is_tls: true })
    }

    /// The last hop that is no proxy of ours; the first of all where every one is. Nothing where there is none, or where one
    /// on the way there is no address.
    fn hop(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let mut lines = Vec::new();
        for line in headers.get_all(FOR) {
            lines.push(line.to_str().ok()?);
        }
        let mut hop = None;
        for word in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let address = word.trim().parse::<IpAddr>().ok()?.to_canonical();
            hop = Some(address);
            if !self.has(address) {
                break;
            }
        }
        hop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(allowed: &[&str]) -> Proxies {
        let ranges = |texts: &[&str]| -> Vec<AddressRange> {
            texts.iter().map(|text| text.parse().expect("a range")).collect()
        };
        Proxies { addresses: ranges(&["127.0.0.1/32", "10.0.0.0/29"]), allowed: Allowed(ranges(allowed)) }
    }

    fn peer(address: &str, is_tls: bool) -> Peer {
        Peer { address: SocketAddr::new(address.parse().expect("an address"), 4000), is_tls }
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().expect("a value"));
        }
        headers
    }

    /// Who asks through the proxy on this computer.
    fn through(lines: &[(&'static str, &str)]) -> Result<String, Why> {
        let asks = proxies(&[]).client(peer("127.0.0.1", false), &headers(lines))?;
        assert!(asks.is_tls);
        Ok(asks.address.ip().to_string())
    }

    const HTTPS: (&str, &str) = (PROTO, "https");

    #[test]
    fn a_proxys_last_word_counts() {
        for (lines, expected) in [
            (&[(FOR, "192.0.2.7"), HTTPS][..], "192.0.2.7"),
            (&[(FOR, "192.0.2.7"), (PROTO, "HTTPS")], "192.0.2.7"),
            (&[(FOR, "::ffff:192.0.2.7"), HTTPS], "192.0.2.7"),
            (&[(FOR, "2001:db8::1"), HTTPS], "2001:db8::1"),
            // What the client wrote itself, in the same line or in one of its own.
            (&[(FOR, "198.51.100.1, 192.0.2.7"), HTTPS], "192.0.2.7"),
            (&[(FOR, "127.0.0.1, 192.0.2.7"), HTTPS], "192.0.2.7"),
            (&[(FOR, "nonsense,192.0.2.7"), HTTPS], "192.0.2.7"),
            (&[(FOR, "198.51.100.1"), (FOR, "192.0.2.7"), HTTPS], "192.0.2.7"),
            // Two proxies of ours, one behind the other.
            (&[(FOR, "198.51.100.1, 192.0.2.7, 10.0.0.2"), HTTPS], "192.0.2.7"),
            // Somebody on the proxy itself.
            (&[(FOR, "127.0.0.1"), HTTPS], "127.0.0.1"),
        ] {
            assert_eq!(through(lines), Ok(expected.to_owned()), "{lines:?}");
        }
    }

    #[test]
    fn a_proxy_that_does_not_say_for_whom_it_asks_is_refused() {
        for lines in [
            &[HTTPS][..],
            &[(FOR, ""), HTTPS],
            &[(FOR, "unknown"), HTTPS],
            &[(FOR, "192.0.2.7, "), HTTPS],
            &[(FOR, "192.0.2.7:4000"), HTTPS],
            &[("forwarded", "for=192.0.2.7"), HTTPS],
        ] {
            assert_eq!(through(lines), Err(Why::Hop), "{lines:?}");
        }
        for lines in [
            &[(FOR, "192.0.2.7")][..],
            &[(FOR, "192.0.2.7"), (PROTO, "http")],
            &[(FOR, "192.0.2.7"), (PROTO, "https, http")],
            &[(FOR, "192.0.2.7"), (PROTO, "")],
            &[(FOR, "192.0.2.7"), HTTPS, (PROTO, "http")],
            &[(FOR, "192.0.2.7"), HTTPS, HTTPS],
        ] {
            assert_eq!(through(lines), Err(Why::Plain), "{lines:?}");
        }
    }

    #[test]
    fn nobody_else_speaks_for_others() {
        let spoofed = headers(&[(FOR, "127.0.0.1"), HTTPS]);
        // Without proxies nothing changes, and with them TLS of our own is as it was.
        for is_tls in [true, false] {
            let asks = peer("127.0.0.1", is_tls);
            assert_eq!(Proxies::default().client(asks, &spoofed), Ok(asks));
        }
        let asks = peer("192.0.2.9", true);
        assert_eq!(proxies(&["192.0.2.7/32"]).client(asks, &spoofed), Ok(asks));
        assert_eq!(proxies(&[]).client(peer("192.0.2.9", false), &spoofed), Err(Why::Plain));
    }

    #[test]
    fn past_the_proxy_nobody_connects_without_tls() {
        let ranges = |texts: &[&str]| -> Vec<AddressRange> {
            texts.iter().map(|text| text.parse().expect("a range")).collect()
        };
        let (proxy, client) = ("127.0.0.1", "192.0.2.7");
        for (behind, allow, is_tls, address, expected) in [
            (&[][..], &[][..], false, client, true),
            (&[], &["127.0.0.0/8"], true, client, false),
            (&["127.0.0.1/32"], &[], false, proxy, true),
            (&["127.0.0.1/32"], &[], false, client, false),
            (&["127.0.0.1/32"], &["192.0.2.0/24"], false, client, false),
            (&["127.0.0.1/32"], &[], true, client, true),
            (&["127.0.0.1/32"], &["192.0.2.0/24"], true, proxy, true),
            (&["127.0.0.1/32"], &["192.0.2.0/24"], true, client, true),
            (&["127.0.0.1/32"], &["192.0.2.0/24"], true, "198.51.100.1", false),
        ] {
            let proxies = Proxies { addresses: ranges(behind), allowed: Allowed(ranges(allow)) };
            let may = proxies.connect(is_tls).has(address.parse().expect("an address"));
            assert_eq!(may, expected, "{behind:?} {allow:?} {is_tls} {address}");
        }
    }

    #[test]
    fn who_may_ask_is_held_against_the_client() {
        let asks = |from: &str| {
            proxies(&["192.0.2.0/28"]).client(peer("10.0.0.1", false), &headers(&[(FOR, from), HTTPS]))
        };
        assert!(asks("192.0.2.7").is_ok());
        assert_eq!(asks("192.0.2.77"), Err(Why::Address));
        assert_eq!(asks("192.0.2.7, 198.51.100.1"), Err(Why::Address), "what the client wrote");
    }
}
