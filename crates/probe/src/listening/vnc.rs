//! RFB, which VNC speaks (RFC 6143 7.1): the versions, and the ways to log in that the server names.

use std::net::SocketAddr;

use midwatch_model::{Outcome, Reason, ReasonKind, ServiceAnswer, ServiceProtection};

use super::{LISTEN, WAIT, answer, read, refusal, send};
use crate::net::Net;

/// Anybody is let in (RFC 6143 7.2.1).
const NONE: u8 = 1;

/// Ways to log in that encrypt everything after: TLS and VeNCrypt (IANA's registry of RFB security types), and RealVNC's
/// own over AES.
const ENCRYPTED: [u8; 8] = [5, 13, 18, 19, 129, 130, 133, 134];

pub(super) async fn ask(net: &Net, address: SocketAddr) -> Outcome<ServiceAnswer> {
    match types(net, address).await {
        Ok((version, types)) => {
            let encrypts = types.iter().any(|kind| ENCRYPTED.contains(kind));
            let protection = if encrypts { ServiceProtection::Upgrades } else { ServiceProtection::None };
            let names: Vec<String> = types.iter().map(ToString::to_string).collect();
            let words = format!("{version}, ways to log in: {}", names.join(", "));
            let mut told = answer(address, "the ways to log in", words.as_bytes(), protection);
            let open = types.contains(&NONE);
            told.open = Some(open);
            told.plain_password = Some(types.iter().any(|kind| *kind != NONE && !ENCRYPTED.contains(kind)));
            Outcome::seen(told)
        }
        Err(why) => refusal(why),
    }
}

async fn types(net: &Net, address: SocketAddr) -> Result<(String, Vec<u8>), Reason> {
    let odd = || Reason::new(ReasonKind::Protocol, format!("{address} does not speak RFB"));
    let mut connection = net.connect(address).await?;
    let greeting =
        read(net, &mut connection, LISTEN, "listening to", address, |said| said.len() >= 12).await?;
    let version = greeting.get(..11).filter(|line| line.starts_with(b"RFB ")).ok_or_else(odd)?;
    let version = String::from_utf8_lossy(version).into_owned();
    let is_old = version.as_str() < "RFB 003.007";
    send(net, &mut connection, if is_old { b"RFB 003.003\n" } else { b"RFB 003.008\n" }, address).await?;
    let whole = |said: &[u8]| match (is_old, said.first()) {
        (true, _) => said.len() >= 4,
        (false, count) => count.is_some_and(|count| said.len() > usize::from(*count)),
    };
    let said = read(net, &mut connection, WAIT, "asking", address, whole).await?;
    // The old version has the server choose one, in four octets.
    let list = match is_old {
        true => said.get(3..4),
        false => said.first().and_then(|count| said.get(1..=usize::from(*count))),
    };
    // None at all, and a reason in words, is a no.
    let list = list.filter(|list| !list.is_empty() && list != &[0]).ok_or_else(odd)?;
    Ok((version, list.to_vec()))
}
