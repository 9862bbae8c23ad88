//! Proxies of desktops: KDE's are text; GNOME's are in a binary database that is not read.

use midwatch_model::LocalSettingKind::*;
use midwatch_model::{Reason, ReasonKind};

use super::{Found, Gather};
use crate::lines::sections;

pub(super) fn look(gather: &mut Gather<'_>) {
    kde(gather);
    if let Some(place) = gather.system.home(".config/dconf/user").filter(|place| gather.system.exists(place))
    {
        let detail = format!(
            "{} is a binary database: gsettings get org.gnome.system.proxy mode tells GNOME's proxy",
            place.shown
        );
        gather.unread(&place, Reason::new(ReasonKind::Other, detail));
    }
}

/// kioslaverc: ProxyType 1 is by hand, 2 by a script, 3 by WPAD, 4 from the environment.
fn kde(gather: &mut Gather<'_>) {
    let Some((place, text)) = gather.home(".config/kioslaverc") else { return };
    let all = sections(&text);
    let mode = all.iter().find(|(section, name, ..)| section == "Proxy Settings" && name == "ProxyType");
    let Some((_, name, mode, number)) = mode else { return };
    let wanted: &[(&str, _)] = match mode.as_str() {
        "1" => &[("httpProxy", Proxy), ("httpsProxy", Proxy), ("ftpProxy", Proxy), ("socksProxy", Proxy)],
        "2" => &[("Proxy Config Script", ProxyScript)],
        "3" => {
            gather.add(ProxySearch, "KDE", Found::at(&place, *number, name, mode));
            return;
        }
        _ => return,
    };
    for (_, name, value, number) in &all {
        if let Some((_, kind)) = wanted.iter().find(|(key, _)| key == name).filter(|_| !value.is_empty()) {
            gather.add(*kind, "KDE", Found::at(&place, *number, name, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::of;
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn kde_says_how_it_finds_proxies() {
        let with = |mode: &str| {
            let text = format!(
                "[Proxy Settings]\nProxy Config Script=http://wpad.example/p.pac\nProxyType={mode}\n\
                 httpProxy=http://p.example 3128\nftpProxy=\n"
            );
            of(&[("~/.config/kioslaverc", &text)])
        };
        assert_eq!(with("0"), [""; 0]);
        assert_eq!(with("1"), ["Proxy KDE httpProxy=http://p.example 3128"]);
        assert_eq!(with("2"), ["ProxyScript KDE Proxy Config Script=http://wpad.example/p.pac"]);
        assert_eq!(with("3"), ["ProxySearch KDE ProxyType=3"]);
    }

    #[test]
    fn gnome_is_named_as_not_read() {
        let tree = Tree::new(&[("~/.config/dconf/user", "GVariant")]);
        let (_, fact) = super::super::look(&tree.system);
        let midwatch_model::Fact::LocalSettings(settings) = fact else { panic!() };
        assert!(settings.unread[0].why.detail.contains("gsettings"));
        assert_eq!(settings.unread[0].why.kind, ReasonKind::Other);
    }
}
