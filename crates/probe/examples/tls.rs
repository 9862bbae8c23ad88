//! Prints what a TLS endpoint accepts: `cargo run -p midwatch-probe --example tls -- 127.0.0.1:443 [sni]`.

use midwatch_model::Host;
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::progress::Silent;
use midwatch_probe::starttls::Opening;
use midwatch_probe::tls;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address: std::net::SocketAddr = arguments.next().ok_or("usage: tls ADDRESS:PORT [SNI]")?.parse()?;
    let sni = arguments.next();
    let net = Net::new(NetOptions::default());
    let host = Host::Address(address.ip());
    let run =
        tls::endpoint(&net, &Opening::direct(), &host, address.port(), address, sni.as_deref(), &Silent)
            .await;
    for result in &run.endpoint.versions {
        match &result.support {
            midwatch_model::Outcome::Seen { value } => {
                println!("{}: {} suites, {:?}", result.version, value.suites.len(), value.preference);
                for suite in &value.suites {
                    let dh = suite.dh.as_ref().map(|dh| format!(" DH {} {:?}", dh.bits, dh.known_as));
                    println!("    {} {}{}", suite.id, suite.name, dh.unwrap_or_default());
                }
                println!("    groups: {}", value.groups.join(" "));
                println!("    incomplete: {:?} {:?}", value.suites_incomplete, value.groups_incomplete);
            }
            other => println!("{}: {other:?}", result.version),
        }
    }
    println!("scsv {:?}", run.endpoint.fallback_scsv);
    println!("renegotiation {:?}", run.endpoint.secure_renegotiation);
    println!("alpn {:?}, staple {:?}", run.endpoint.alpn, run.endpoint.ocsp_staple);
    println!("quirks {:?}", run.endpoint.quirks);
    for chain in &run.chains {
        println!("chain of {} met with {:?}", chain.certificates.len(), chain.met_with);
    }
    println!("{} connections", run.endpoint.connections);
    Ok(())
}
