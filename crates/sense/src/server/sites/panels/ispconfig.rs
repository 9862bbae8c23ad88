//! ISPConfig: `/var/www/<domain>` is a symbolic link to `/var/www/clients/client<n>/web<n>`, where the client is the
//! account (ISPConfig's manual, 4.6.1 "Website").

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    let system = panels.reading.system;
    if !system.exists(&system.at("/var/www/clients")) {
        return;
    }
    for path in panels.reading.directory("/var/www") {
        let Some(target) = system.link(&system.at(&path)) else { continue };
        let client = target.split_once("/var/www/clients/").and_then(|(_, rest)| rest.split('/').next());
        if let Some(client) = client.filter(|client| client.starts_with("client")) {
            panels.add("ISPConfig", Panels::name(&path), client, &path);
        }
    }
}
