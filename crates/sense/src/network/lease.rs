//! Which server gave this computer its addresses of IPv4, by the files that DHCP clients keep: systemd-networkd,
//! NetworkManager and dhclient.

use std::net::{IpAddr, Ipv4Addr};

use crate::System;

/// Lease files that are looked into in one directory.
const MAX_FILES: usize = 200;

/// The servers that gave one of `own`, as far as files of leases can be read.
pub(super) fn servers(system: &System, own: &[Ipv4Addr]) -> Vec<IpAddr> {
    let mut unread = Vec::new();
    let mut found: Vec<IpAddr> = Vec::new();
    for directory in
        ["/run/systemd/netif/leases", "/var/lib/NetworkManager", "/var/lib/dhcp", "/var/lib/dhclient"]
    {
        for file in system.list_or(&system.at(directory), &mut unread).iter().take(MAX_FILES) {
            let name = file.name();
            let is_lease =
                directory.ends_with("netif/leases") || name.ends_with(".lease") || name.ends_with(".leases");
            let Some(text) = is_lease.then(|| system.text_or(file, &mut unread)).flatten() else { continue };
            let server = if text.contains("lease {") { dhclient(&text, own) } else { networkd(&text, own) };
            found.extend(server.map(IpAddr::V4));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// `ADDRESS=` and `SERVER_ADDRESS=` (sd-dhcp-lease), which NetworkManager's own client writes too.
fn networkd(text: &str, own: &[Ipv4Addr]) -> Option<Ipv4Addr> {
    let value = |key: &str| -> Option<Ipv4Addr> {
        text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')?.trim().parse().ok())
    };
    own.contains(&value("ADDRESS")?).then(|| value("SERVER_ADDRESS")).flatten()
}

/// Blocks of dhclient.leases(5); the last one of an address counts.
fn dhclient(text: &str, own: &[Ipv4Addr]) -> Option<Ipv4Addr> {
    text.rsplit("lease {").find_map(|block| {
        let value = |key: &str| -> Option<Ipv4Addr> {
            block
                .lines()
                .find_map(|line| line.trim().strip_prefix(key)?.trim().strip_suffix(';')?.trim().parse().ok())
        };
        own.contains(&value("fixed-address ")?).then(|| value("option dhcp-server-identifier ")).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], own: &str) -> Vec<String> {
        let root = tempfile::tempdir().expect("a directory");
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
            std::fs::write(path, text).expect("a file");
        }
        let system = System { root: root.path().into(), home: None, env: vec![] };
        servers(&system, &[own.parse().expect("an address")]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_client_is_understood_and_old_leases_are_left() {
        let networkd = "# This is private data. Do not parse.\nADDRESS=192.168.1.20\nNETMASK=255.255.255.0\n\
                        ROUTER=192.168.1.1\nSERVER_ADDRESS=192.168.1.2\n";
        assert_eq!(found(&[("run/systemd/netif/leases/3", networkd)], "192.168.1.20"), ["192.168.1.2"]);
        let manager = [("var/lib/NetworkManager/internal-0-wlan0.lease", networkd)];
        assert_eq!(found(&manager, "192.168.1.20"), ["192.168.1.2"]);
        assert!(found(&manager, "10.0.0.5").is_empty(), "a lease of another network");
        let dhclient = "lease {\n  interface \"eth0\";\n  fixed-address 192.168.1.20;\n  \
                        option dhcp-server-identifier 192.168.1.9;\n}\nlease {\n  fixed-address 192.168.1.20;\n  \
                        option routers 192.168.1.1;\n  option dhcp-server-identifier 192.168.1.3;\n}\n";
        assert_eq!(
            found(&[("var/lib/dhcp/dhclient.eth0.leases", dhclient)], "192.168.1.20"),
            ["192.168.1.3"]
        );
        assert!(found(&[("var/lib/dhcp/dhclient.eth0.leases", "lease {")], "192.168.1.20").is_empty());
    }
}
