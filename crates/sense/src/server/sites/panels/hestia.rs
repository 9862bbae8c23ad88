//! HestiaCP, and VestaCP before it: `data/users/<account>/web.conf` has a line of `NAME='value'` for each domain, with its
//! other names under ALIAS (Hestia's documentation, "v-list-web-domains"; the file is what that command reads).

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    for (panel, home) in [("HestiaCP", "/usr/local/hestia"), ("VestaCP", "/usr/local/vesta")] {
        for path in panels.reading.glob(&format!("{home}/data/users/*/web.conf")) {
            let Some(text) = panels.reading.text(&path) else { continue };
            let account = Panels::name(path.trim_end_matches("/web.conf")).to_owned();
            users(panels, panel, &path, &account, &text);
        }
    }
}

/// The lines of one account.
pub(super) fn users(panels: &mut Panels<'_>, panel: &str, file: &str, account: &str, text: &str) {
    for (_, line) in crate::lines::numbered(text, &['#']) {
        for name in ["DOMAIN", "ALIAS"] {
            for domain in value(line, name).unwrap_or_default().split(',') {
                panels.add(panel, domain, account, file);
            }
        }
    }
}

/// The value of one name in a line of `NAME='value'`.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("='") {
        let (value, behind) = after.split_once('\'')?;
        if before.trim() == name {
            return Some(value);
        }
        rest = behind;
    }
    None
}
