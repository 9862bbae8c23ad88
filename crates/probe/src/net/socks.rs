//! A connection through a SOCKS5 proxy that asks for no password (RFC 1928).

use midwatch_model::{Host, Reason, ReasonKind};
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Connection, Net, io_reason};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

impl Net {
    /// Lets the proxy at `proxy` connect to `host` and `port`. A name is looked up by the proxy, unless
    /// `--resolve` gives its address; offline, it is not looked up at all.
    ///
    /// # Errors
    /// As [`Net::connect`] for the way to the proxy; the proxy's own refusals by what they say of the target.
    pub async fn connect_by_socks5(
        &self,
        proxy: SocketAddr,
        host: &Host,
        port: u16,
    ) -> Result<Connection, Reason> {
        if self.is_restricted() {
            let detail = format!(
                "{host}:{port} is not asked through a proxy: it would choose the address, and this target must not lead \
                 everywhere"
            );
            return Err(Reason::new(ReasonKind::NotAsked, detail));
        }
        let request = match self.given(host, port).first() {
            Some(given) => request(&Host::Address(given.ip()), given.port()),
            None if self.is_offline() && host.name().is_some() => {
                let detail = format!(
                    "{host} is not looked up offline, not by a proxy either; give its address with --resolve"
                );
                return Err(Reason::new(ReasonKind::NotAsked, detail));
            }
            None => request(host, port),
        }?;
        let mut connection = self.connect(proxy).await?;
        let what = format!("connecting to {host}:{port} through the proxy at {proxy}");
        self.step(&what, negotiate(&mut connection, &request, &what)).await??;
        Ok(connection)
    }
}

/// The request to connect (RFC 1928 section 4).
fn request(host: &Host, port: u16) -> Result<Vec<u8>, Reason> {
    let mut out = vec![VERSION, CONNECT, 0];
    match host {
        Host::Address(IpAddr::V4(address)) => {
            out.push(IPV4);
            out.extend(address.octets());
        }
        Host::Address(IpAddr::V6(address)) => {
            out.push(IPV6);
            out.extend(address.octets());
        }
        Host::Name(name) => {
            let length = u8::try_from(name.len())
                .map_err(|_| Reason::new(ReasonKind::Other, "a name is too long for SOCKS5"))?;
            out.extend([NAME, length]);
            out.extend(name.bytes());
        }
    }
    out.extend(port.to_be_bytes());
    Ok(out)
}

async fn negotiate(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &[u8],
    what: &str,
) -> Result<(), Reason> {
    let failed = |error| io_reason(what, &error);
    let odd = |detail: &str| Reason::new(ReasonKind::Protocol, format!("{what}: {detail}"));
    stream.write_all(&[VERSION, 1, NO_AUTHENTICATION]).await.map_err(failed)?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await.map_err(failed)?;
    match chosen {
        [VERSION, NO_AUTHENTICATION] => {}
        [VERSION, _] => return Err(odd("the proxy asks for a password")),
        _ => return Err(odd("the proxy does not speak SOCKS5")),
    }
    stream.write_all(request).await.map_err(failed)?;
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.map_err(failed)?;
    let [version, reply, _, kind] = head;
    if version != VERSION {
        return Err(odd("the proxy does not speak SOCKS5"));
    }
    if reply != 0 {
        return Err(refusal(reply, what));
    }
    // The address that the proxy connects from says nothing, but it stands before the peer's first byte.
    let length = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => usize::from(stream.read_u8().await.map_err(failed)?),
        _ => return Err(odd("the proxy answers with an address of no known kind")),
    };
    let mut bound = vec![0; length + 2];
    stream.read_exact(&mut bound).await.map_err(failed)?;
    Ok(())
}

/// What the proxy says of the target (RFC 1928 section 6).
fn refusal(reply: u8, what: &str) -> Reason {
    let (kind, detail) = match reply {
        2 => (ReasonKind::Other, "its rules do not allow it"),
        3 => (ReasonKind::Unreachable, "the network is unreachable from there"),
        4 => (ReasonKind::Unreachable, "the host is unreachable from there"),
        5 => (ReasonKind::ConnectionRefused, "the port is closed"),
        6 => (ReasonKind::Timeout, "no answer came in time"),
        7 => (ReasonKind::Other, "it does not connect for others"),
        8 => (ReasonKind::Other, "it does not take addresses of this kind"),
        _ => (ReasonKind::Other, "it failed"),
    };
    Reason::new(kind, format!("{what}: the proxy says that {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_those_of_the_rfc() {
        let name = Host::Name("a.example".into());
        assert_eq!(request(&name, 22).unwrap(), b"\x05\x01\x00\x03\x09a.example\x00\x16");
        let address = Host::Address("192.0.2.1".parse().unwrap());
        assert_eq!(request(&address, 2222).unwrap(), [5, 1, 0, 1, 192, 0, 2, 1, 8, 174]);
    }

    async fn talk(server: &'static [u8]) -> Result<u8, Reason> {
        let (mut near, mut far) = tokio::io::duplex(1024);
        far.write_all(server).await.unwrap();
        far.shutdown().await.unwrap();
        negotiate(&mut near, b"request", "connecting").await?;
        Ok(near.read_u8().await.unwrap())
    }

    #[tokio::test]
    async fn nothing_of_the_peer_is_eaten() {
        assert_eq!(talk(b"\x05\0\x05\0\0\x01\0\0\0\0\0\0S").await, Ok(b'S'));
        assert_eq!(talk(b"\x05\0\x05\0\0\x03\x03abc\0\0S").await, Ok(b'S'));
    }

    #[tokio::test]
    async fn refusals_are_told_apart() {
        for (said, kind) in [
            (&b"\x05\0\x05\x05\0\x01\0\0\0\0\0\0"[..], ReasonKind::ConnectionRefused),
            (b"\x05\0\x05\x04\0\x01\0\0\0\0\0\0", ReasonKind::Unreachable),
            (b"\x05\xff", ReasonKind::Protocol),
            (b"HTTP/1.1 400", ReasonKind::Protocol),
            (b"\x05\0\x05", ReasonKind::Closed),
        ] {
            assert_eq!(talk(said).await.unwrap_err().kind, kind, "{said:?}");
        }
    }
}
