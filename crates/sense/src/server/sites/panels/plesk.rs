//! Plesk: the configuration of each domain lies below `/var/www/vhosts/system/<domain>/conf` (Plesk's documentation,
//! "Website directory structure"). Whose it is stands in Plesk's database, which is not read.

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    for path in panels.reading.glob("/var/www/vhosts/system/*/conf") {
        let system = panels.reading.system;
        if system.exists(&system.at(&path)) {
            let domain = path.trim_end_matches("/conf").to_owned();
            panels.add("Plesk", Panels::name(&domain), "", &path);
        }
    }
}
