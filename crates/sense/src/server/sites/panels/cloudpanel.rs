//! CloudPanel: the files of a site lie in `/home/<account>/htdocs/<domain>`; its own are in `/home/clp` (CloudPanel's
//! documentation, "Site user").

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    let system = panels.reading.system;
    if !system.exists(&system.at("/home/clp/htdocs")) {
        return;
    }
    for path in panels.reading.glob("/home/*/htdocs/*") {
        let mut parts = path.split('/').skip(2);
        let account = parts.next().unwrap_or_default().to_owned();
        if account != "clp" {
            panels.add("CloudPanel", Panels::name(&path), &account, &path);
        }
    }
}
