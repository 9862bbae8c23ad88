//! stunnel asks where `libwrap = yes`, by the name of each service (stunnel(8)).

use super::files::{Command, lines, name};
use super::{Asks, Name};
use crate::System;
use crate::lines::assignment;
use crate::listening::wrappers::Told;

/// A service of its file.
struct Service {
    /// Its name, by which it asks.
    name: String,
    /// Whether it asks, where it says so itself.
    libwrap: Option<bool>,
    /// It is the one at the port.
    is_here: bool,
}

pub(super) fn look(system: &System, command: &Command, port: u16) -> Asks {
    let files: Vec<&String> = command.given().iter().filter(|one| !one.starts_with('-')).collect();
    let [file] = files.as_slice() else {
        return Asks::maybe("where stunnel has its settings is not known");
    };
    let Some(lines) =
        lines(system, file, &['#', ';']).filter(|lines| !lines.is_empty() && file.starts_with('/'))
    else {
        return Asks::maybe(format!("the settings of stunnel ({file}) could not be read"));
    };
    let mut everywhere = None;
    let mut services: Vec<Service> = Vec::new();
    for line in &lines {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            services.push(Service { name: section.trim().to_owned(), libwrap: None, is_here: false });
            continue;
        }
        let Some((key, value)) = assignment(line) else { continue };
        match key.to_ascii_lowercase().as_str() {
            "include" => {
                return Asks::maybe(format!("{file} includes other files, which are not followed here"));
            }
            "libwrap" => {
                let is_on = value.eq_ignore_ascii_case("yes");
                match services.last_mut() {
                    Some(service) => service.libwrap = Some(is_on),
                    None => everywhere = Some(is_on),
                }
            }
            "accept" => {
                if let Some(service) = services.last_mut() {
                    service.is_here = value.rsplit(':').next() == Some(port.to_string().as_str());
                }
            }
            _ => {}
        }
    }
    let asks = |service: &Service| service.libwrap.or(everywhere).unwrap_or(false);
    match services.iter().find(|service| service.is_here) {
        Some(service) if asks(service) => Asks::Yes(Name::of(name(&service.name), Told::Connection)),
        Some(_) => Asks::No,
        None if services.iter().any(asks) => Asks::maybe(format!("{file} does not name the port")),
        None => Asks::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn each_service_has_its_name() {
        let tree = Tree::new(&[
            (
                "/etc/stunnel/a.conf",
                "pid =\n[imaps]\naccept = 993\nconnect = 143\nlibwrap = yes\n[pop3s]\naccept = ::1:995\n",
            ),
            (
                "/etc/stunnel/b.conf",
                "libwrap = yes\n[ssmtp]\naccept = 465\nlibwrap = no\n[other]\naccept = smtps\n",
            ),
        ]);
        let of = |file: &str, port| {
            let arguments = vec!["/usr/bin/stunnel4".to_owned(), file.to_owned()];
            look(&tree.system, &Command { program: "stunnel4".into(), arguments }, port)
        };
        assert_eq!(of("/etc/stunnel/a.conf", 993), Asks::Yes(Name::of("imaps", Told::Connection)));
        assert_eq!(of("/etc/stunnel/a.conf", 995), Asks::No);
        assert_eq!(of("/etc/stunnel/b.conf", 465), Asks::No);
        assert!(matches!(of("/etc/stunnel/b.conf", 5), Asks::Maybe(..)));
        assert!(matches!(of("/etc/stunnel/none.conf", 5), Asks::Maybe(..)));
    }
}
