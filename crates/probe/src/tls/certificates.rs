//! The certificates of an endpoint and nothing else, in as few hellos as that takes.

use std::net::SocketAddr;

use midwatch_model::TlsVersion;
use midwatch_wire::tls::client_hello::ClientHello;
use midwatch_wire::tls::{groups, suites};

use super::ask::{Answer, Asker};
use super::endpoint::{SentChain, keep};
use super::tls13::{self, With};
use crate::net::Net;
use crate::starttls::Opening;

/// The chains that the server at `address` sends for `server_name`, over connections that are opened so: with ECDSA and with RSA suites of TLS
/// 1.2, and in TLS 1.3 those of a kind that was not met below. Empty where it sends none.
pub async fn certificates(
    net: &Net,
    opening: &Opening,
    address: SocketAddr,
    server_name: Option<&str>,
) -> Vec<SentChain> {
    let asker = Asker::new(net.clone(), address, opening.clone());
    let mut chains = Vec::new();
    let mut missing = Vec::new();
    for with in With::ALL {
        let authentication = with.name();
        let offer: Vec<u16> = suites::all()
            .values()
            .filter(|suite| {
                suite.fits(TlsVersion::Tls12) && suite.authentication == authentication && !suite.export
            })
            .map(|suite| suite.id)
            .take(super::families::LARGEST)
            .collect();
        let hello = ClientHello {
            version: TlsVersion::Tls12,
            suites: &offer,
            groups: &[groups::X25519, groups::SECP256R1, 0x18, 0x19],
            shares: &[],
            keys: &[],
            cookie: None,
            server_name,
            schemes: None,
            alpn: &[],
            fallback: false,
            compression: false,
        };
        if let Answer::Hello(flight) = asker.ask(&hello).await {
            keep(
                &mut chains,
                SentChain::from_flight(format!("TLS 1.2 with {authentication} suites"), &flight),
            );
        } else {
            missing.push(with);
        }
    }
    for with in missing {
        if let Ok(met) = tls13::meet(net, opening, address, server_name, with).await {
            keep(&mut chains, SentChain::from_tls13(met.presented, with));
        }
    }
    chains
}
