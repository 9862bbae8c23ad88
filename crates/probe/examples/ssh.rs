//! Prints what an SSH server offers, as JSON: `cargo run -p midwatch-probe --example ssh -- 127.0.0.1:22`.

use midwatch_model::Host;
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::ssh::{self, Way};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("usage: ssh ADDRESS:PORT")?;
    let address: std::net::SocketAddr = address.parse()?;
    let net = Net::new(NetOptions::default());
    let host = Host::Address(address.ip());
    let endpoint = ssh::endpoint(&net, &host, address.port(), Way::Address(address)).await;
    println!("{}", serde_json::to_string_pretty(&endpoint)?);
    Ok(())
}
