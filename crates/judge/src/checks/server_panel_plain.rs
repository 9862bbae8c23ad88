//! A panel of the server takes its password over plain http.

use midwatch_model::{AttackId::*, Edit, ServerProgram, ServerProgramId, Severity, Station};

use super::server_support::{edits, is_yes, last, program, told};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "server-panel-plain",
    title: "A panel of this server takes its password over plain http",
    severity: Severity::High,
    says: "{place} takes passwords over plain http",
    about: "The password of a panel is the password of the server: who reads it along owns every site, mailbox and database here.",
    gain: "The whole server.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[Eavesdropping, SessionHijacking],
    decided: "Webmin: ssl is not 1 in miniserv.conf, unless it is bound to 127.0.0.1 or ::1, and sockets names no other address. cPanel: \
              requiressl=0 in cpanel.config. Where no line says so, what the panel does by itself counts.",
    benign: &[
        "A panel behind another server that speaks TLS for it, or that a firewall keeps from everybody else.",
    ],
    fix: "Webmin: ssl=1 in /etc/webmin/miniserv.conf, with a key in the keyfile that it names. cPanel: whmapi1 set_tweaksetting \
          key=requiressl value=1.",
    settings: &[],
    source: "Webmin's miniserv.pl; cPanel's documentation, The cpanel.config File; RFC 9110 section 4.2.2",
    find: |view, found| {
        if let Some((seen, webmin)) = program(view, ServerProgramId::Webmin)
            && let Some(ssl) = webmin.general("ssl").filter(|setting| !is_yes(&setting.value))
            && !is_local(webmin)
        {
            let change = edits(webmin, vec![last(webmin, ssl, "ssl=1")]);
            found.at("Webmin").edits(change).see(seen.id, format!("observed {}", told(ssl)));
        }
        if let Some((seen, cpanel)) = program(view, ServerProgramId::Cpanel)
            && let Some(required) = cpanel.general("requiressl").filter(|setting| !is_yes(&setting.value))
        {
            let change = edits(cpanel, vec![tweak("requiressl", "1")]);
            found.at("cPanel").edits(change).see(seen.id, format!("observed {}", told(required)));
        }
    },
};

/// True where every socket of Webmin is one of this computer alone. What `sockets` adds is an address with a port (`*` for all
/// addresses), an address, or a port of the address that it is bound to.
fn is_local(webmin: &ServerProgram) -> bool {
    let value = |name: &str| webmin.general(name).map_or("", |setting| setting.value.as_str());
    let mut sockets = value("sockets").split_whitespace().filter(|socket| socket.parse::<u16>().is_err());
    is_loopback(value("bind"))
        && sockets.all(|socket| {
            let address = match socket.rsplit_once(':') {
                Some((address, port)) if port == "*" || port.parse::<u16>().is_ok() => address,
                _ => socket,
            };
            // An address of IPv6 alone ends in what could be a port.
            is_loopback(address) || is_loopback(socket)
        })
}

fn is_loopback(address: &str) -> bool {
    address == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// cPanel's own way to change a setting of cpanel.config.
pub(super) fn tweak(key: &str, value: &str) -> Edit {
    let words =
        ["whmapi1".to_owned(), "set_tweaksetting".into(), format!("key={key}"), format!("value={value}")];
    Edit::Run { command: words.to_vec(), changes: vec!["/var/cpanel/cpanel.config".into()] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn each_panel_by_its_setting() {
        let webmin = |lines: &[(&str, &str, Option<&str>)]| {
            Scene::server_with(ServerProgramId::Webmin, lines).severities(CHECK.id)
        };
        assert_eq!(webmin(&[("ssl", "0", None)]), [Severity::High]);
        assert!(webmin(&[("ssl", "1", None)]).is_empty());
        let sockets =
            |sockets| webmin(&[("ssl", "0", None), ("bind", "127.0.0.1", None), ("sockets", sockets, None)]);
        for local in ["", "10001", "127.0.0.2:10001 ::1", "::1:10002"] {
            assert!(sockets(local).is_empty(), "{local}");
        }
        for open in ["*:10001", "10001 192.0.2.7:10001", "192.0.2.7", "2001:db8::1"] {
            assert_eq!(sockets(open), [Severity::High], "{open}");
        }
        assert_eq!(webmin(&[("ssl", "0", None), ("bind", "*", None)]), [Severity::High]);
        let cpanel = |value| {
            Scene::server_with(ServerProgramId::Cpanel, &[("requiressl", value, None)]).severities(CHECK.id)
        };
        assert_eq!(cpanel("0"), [Severity::High]);
        assert!(cpanel("1").is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
