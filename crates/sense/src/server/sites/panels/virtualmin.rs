//! Virtualmin: a file below `/etc/webmin/virtual-server/domains` for each virtual server, with lines `dom=`, `user=` and
//! `disabled=` (Virtualmin's documentation, "Virtualmin domain file format").

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    for path in panels.reading.glob("/etc/webmin/virtual-server/domains/*") {
        let Some(text) = panels.reading.text(&path) else { continue };
        domain(panels, &path, &text);
    }
}

/// One virtual server.
pub(super) fn domain(panels: &mut Panels<'_>, file: &str, text: &str) {
    let value = |wanted: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
    };
    if let Some(domain) = value("dom") {
        panels.add("Virtualmin", &domain, &value("user").unwrap_or_default(), file);
    }
}
