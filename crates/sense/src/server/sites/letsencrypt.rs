//! certbot's certificates: what it renews by itself, and what lies there (certbot's documentation, "Where are my
//! certificates?": live, archive and renewal below /etc/letsencrypt).

use super::Inventory;
use super::reading::Reading;

/// Where certbot keeps its files.
const HOME: &str = "/etc/letsencrypt";

/// Certificates that are looked for.
const MOST: usize = 20_000;

/// Adds every certificate that certbot keeps, and says which of those known are renewed by it.
pub(super) fn look(inventory: &mut Inventory<'_>) {
    let mut reading = Reading::new(inventory.system);
    for path in reading.glob(&format!("{HOME}/renewal/*.conf")).into_iter().take(MOST) {
        let Some(text) = reading.text(&path) else { continue };
        for (name, value) in text.lines().filter_map(crate::lines::assignment) {
            if name == "fullchain" {
                if let Some(at) = inventory.certificate(value) {
                    renewed(inventory, at);
                }
            } else if name == "cert"
                && let Some(at) = inventory.known.get(value).copied()
            {
                renewed(inventory, at);
            }
        }
    }
    // What lies there without anybody to renew it.
    for path in reading.glob(&format!("{HOME}/live/*/fullchain.pem")).into_iter().take(MOST) {
        if inventory.system.exists(&inventory.system.at(&path)) {
            inventory.certificate(&path);
        }
    }
    inventory.unread.append(&mut reading.unread);
}

fn renewed(inventory: &mut Inventory<'_>, at: u32) {
    let file = usize::try_from(at).ok().and_then(|at| inventory.certificates.get_mut(at));
    if let Some(file) = file {
        file.renewed_by = Some("certbot".into());
    }
}
