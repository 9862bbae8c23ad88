//! CloudPanel: the files of a site lie in `/home/<site user>/htdocs/<domain>`, where the site user is the account (in version 1,
//! `cloudpanel` for all of them). The panel's own account is `clp`. What other names a site has stands in its nginx
//! configuration alone.
//!
//! Sources, looked up on 2026-11-30: CloudPanel's documentation in <https://github.com/cloudpanel-io/docs> (December 2025):
//! `v2/docs/frontend-area/add-site.md` ("Site User"), `v2/docs/cloudpanel-cli/root-user-commands.md`
//! (`/home/$siteUser/htdocs/$domainName/$rootDirectory`), and `v1/docs/applications` for version 1. Its source is not public. That
//! `/home/clp/htdocs` is the panel's own is what many scripts of administrators rest on, and no documentation says.

use super::Panels;

pub(super) fn look(panels: &mut Panels<'_>) {
    let system = panels.reading.system;
    let is_there =
        ["/home/clp/htdocs", "/home/cloudpanel/htdocs"].iter().any(|path| system.exists(&system.at(path)));
    if !is_there {
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
