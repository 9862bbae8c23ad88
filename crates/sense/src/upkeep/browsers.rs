//! The browsers that are installed, and when each was built.

use midwatch_model::{BrowserFamily, InstalledBrowser, Outcome, Reason, ReasonKind, Time, Unread};

use super::apt::Installed;
use crate::System;
use crate::lines;
use crate::system::Place;

/// Where Firefox and its kin are, those of packages, archives, snap and Flatpak. The last name is the directory's.
const FIREFOX: [&str; 14] = [
    "/usr/lib/firefox",
    "/usr/lib/firefox-esr",
    "/usr/lib64/firefox",
    "/usr/lib64/firefox-esr",
    "/opt/firefox",
    "/opt/firefox-esr",
    "/usr/lib/librewolf",
    "/usr/share/librewolf",
    "/opt/librewolf",
    "/usr/lib/waterfox",
    "/snap/firefox/current/usr/lib/firefox",
    "/var/lib/flatpak/app/org.mozilla.firefox/current/active/files/lib/firefox",
    "/var/lib/flatpak/app/io.gitlab.librewolf-community/current/active/files/lib/librewolf",
    "/opt/waterfox",
];

/// Chromium and its kin: the name, the program, and the packages that bring it.
const CHROMIUM: [(&str, &str, &[&str]); 12] = [
    ("Chromium", "/usr/lib/chromium/chromium", &["chromium"]),
    ("Chromium", "/usr/lib64/chromium-browser/chromium-browser", &[]),
    ("Chromium", "/usr/lib/chromium-browser/chromium-browser", &["chromium-browser"]),
    ("Chromium", "/snap/chromium/current/usr/lib/chromium-browser/chrome", &[]),
    ("Google Chrome", "/opt/google/chrome/chrome", &["google-chrome-stable"]),
    ("Google Chrome Beta", "/opt/google/chrome-beta/chrome", &["google-chrome-beta"]),
    ("Microsoft Edge", "/opt/microsoft/msedge/msedge", &["microsoft-edge-stable"]),
    ("Brave", "/opt/brave.com/brave/brave", &["brave-browser"]),
    ("Vivaldi", "/opt/vivaldi/vivaldi-bin", &["vivaldi-stable"]),
    ("Opera", "/usr/lib/x86_64-linux-gnu/opera/opera", &["opera-stable"]),
    ("Brave", "/snap/brave/current/opt/brave.com/brave/brave", &[]),
    ("Opera", "/snap/opera/current/usr/lib/x86_64-linux-gnu/opera/opera", &[]),
];

/// Chromium and its kin as Flatpak has them, with times that are no times.
const FLATPAK: [(&str, &str); 5] = [
    ("Chromium", "org.chromium.Chromium"),
    ("Google Chrome", "com.google.Chrome"),
    ("Microsoft Edge", "com.microsoft.Edge"),
    ("Brave", "com.brave.Browser"),
    ("Vivaldi", "com.vivaldi.Vivaldi"),
];

/// What is there. `installed` is what dpkg says, where it is there.
pub(super) fn look(
    system: &System,
    installed: Option<&Installed>,
    unread: &mut Vec<Unread>,
) -> Vec<InstalledBrowser> {
    let mut found: Vec<(Option<String>, InstalledBrowser)> = Vec::new();
    for directory in FIREFOX {
        found.extend(firefox(system, &system.at(directory), unread));
    }
    if let Some(own) =
        system.home(".local/share/flatpak/app/org.mozilla.firefox/current/active/files/lib/firefox")
    {
        found.extend(firefox(system, &own, unread));
    }
    for (name, program, packages) in CHROMIUM {
        found.extend(chromium(system, name, &system.at(program), packages, installed, unread));
    }
    for (name, id) in FLATPAK {
        let all = [Some(system.at("/var/lib/flatpak/app")), system.home(".local/share/flatpak/app")];
        for place in all.into_iter().flatten().map(|base| base.join(id)) {
            if system.exists(&place) {
                let why = || Reason::new(ReasonKind::Other, format!("'flatpak info {id}' tells"));
                found.push((
                    system.real(&place),
                    browser(name, BrowserFamily::Chromium, why().into(), why().into(), &place),
                ));
            }
        }
    }
    // One program may be reached by several paths.
    let mut all: Vec<InstalledBrowser> = Vec::new();
    let mut met: Vec<String> = Vec::new();
    for (real, browser) in found {
        if let Some(real) = real {
            if met.contains(&real) {
                continue;
            }
            met.push(real);
        }
        all.push(browser);
    }
    all
}

fn browser(
    name: &str,
    family: BrowserFamily,
    version: Outcome<String>,
    built: Outcome<Time>,
    by: &Place,
) -> InstalledBrowser {
    InstalledBrowser { name: name.into(), family, version, built, by: by.shown.clone() }
}

/// Firefox says in `application.ini` which version it is and when it was built.
fn firefox(
    system: &System,
    directory: &Place,
    unread: &mut Vec<Unread>,
) -> Option<(Option<String>, InstalledBrowser)> {
    let place = directory.join("application.ini");
    let text = system.text_or(&place, unread)?;
    let all = lines::sections(&text);
    let value = |name: &str| {
        let found = all.iter().find(|(section, known, _, _)| section == "App" && known == name);
        found.map(|(_, _, value, _)| lines::value(value))
    };
    let missing = |name: &str| Reason::new(ReasonKind::Protocol, format!("{} has no {name}", place.shown));
    let version = value("Version").map_or_else(|| missing("Version").into(), Outcome::seen);
    let built = value("BuildID").and_then(|id| build_id(&id));
    let built = built.map_or_else(|| missing("BuildID that is a date").into(), Outcome::seen);
    let name = value("Name").unwrap_or_else(|| "Firefox".into());
    let name = if directory.ends_with("-esr") && name == "Firefox" { "Firefox ESR".into() } else { name };
    Some((system.real(&place), browser(&name, BrowserFamily::Firefox, version, built, &place)))
}

/// `20261103141500`, in UTC as Mozilla's builds have it.
fn build_id(id: &str) -> Option<Time> {
    let digits = id.bytes().all(|byte| byte.is_ascii_digit());
    let part = |range: std::ops::Range<usize>| id.get(range).filter(|_| digits && id.len() == 14);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(8..10)?,
        part(10..12)?,
        part(12..14)?
    );
    text.parse().ok()
}

/// Chromium and its kin do not say when they were built. Packages keep the time of the build in the program's own.
fn chromium(
    system: &System,
    name: &str,
    program: &Place,
    packages: &[&str],
    installed: Option<&Installed>,
    unread: &mut Vec<Unread>,
) -> Option<(Option<String>, InstalledBrowser)> {
    if !system.exists(program) {
        return None;
    }
    let package = packages.iter().find_map(|package| installed?.version(package));
    let snap = program.shown.split_once("/current/").filter(|(start, _)| start.starts_with("/snap/"));
    let snap = snap.and_then(|(start, _)| {
        let text = system.text_or(&system.at(&format!("{start}/current/meta/snap.yaml")), unread)?;
        let line = text.lines().find_map(|line| line.strip_prefix("version:"))?;
        Some(lines::value(lines::unquote(line)))
    });
    let untold = || {
        let detail = format!("nothing beside {} tells its version; '{0} --version' does", program.shown);
        Outcome::unmeasured(ReasonKind::Other, detail)
    };
    let version = package.map(lines::value).or(snap).map_or_else(untold, Outcome::seen);
    let no_time = || Outcome::unmeasured(ReasonKind::Other, format!("{} has no time", program.shown));
    // Images that are built to be the same each time have 1970 for the time of everything.
    let built = system.changed(program).filter(|time| time.as_second() > 1_000_000_000);
    let built = built.map_or_else(no_time, Outcome::seen);
    Some((system.real(program), browser(name, BrowserFamily::Chromium, version, built, program)))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::process::Command;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::system::testing::Tree;

    const INI: &str = "; This file is not used\n[App]\nVendor=Mozilla\nName=Firefox\nVersion=140.5.0\n\
                       BuildID=20261103141500\n[Gecko]\nMinVersion=140.5.0\n";

    fn of(tree: &Tree) -> Vec<InstalledBrowser> {
        let installed = super::super::apt::installed(&tree.system).unwrap();
        look(&tree.system, installed.as_ref(), &mut Vec::new())
    }

    #[test]
    fn firefox_says_when_it_was_built() {
        let tree = Tree::new(&[("/usr/lib/firefox-esr/application.ini", INI)]);
        tree.link("/usr/lib/firefox", "firefox-esr");
        let found = of(&tree);
        assert_eq!(found.len(), 1, "one program by two paths: {found:?}");
        assert_eq!(found[0].version, Outcome::seen("140.5.0".into()));
        assert_eq!(found[0].built, Outcome::seen("2026-11-03T14:15:00Z".parse().unwrap()));
        for wrong in ["", "2026", "20261303141500", "2026110314150x", "２０２６１１"] {
            assert_eq!(build_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn snaps_and_flatpaks_are_seen() {
        let tree = Tree::new(&[
            ("/snap/firefox/12/usr/lib/firefox/application.ini", INI),
            ("/snap/chromium/7/usr/lib/chromium-browser/chrome", ""),
            ("/snap/chromium/7/meta/snap.yaml", "name: chromium\nversion: '142.0.7444.175'\n"),
            ("~/.local/share/flatpak/app/com.google.Chrome/current/x", ""),
        ]);
        tree.link("/snap/firefox/current", "12");
        tree.link("/snap/chromium/current", "7");
        let found = of(&tree);
        let versions: Vec<Option<&str>> =
            found.iter().map(|one| one.version.value().map(String::as_str)).collect();
        assert_eq!(versions, [Some("140.5.0"), Some("142.0.7444.175"), None]);
        assert!(found[2].built.why_not().is_some_and(|why| why.detail.contains("flatpak info")));
    }

    #[test]
    fn chromium_has_its_package_version_and_the_time_of_its_build() {
        let status = "Package: google-chrome-stable\nStatus: install ok installed\nArchitecture: amd64\nVersion: 142.0-1\n";
        let tree = Tree::new(&[("/var/lib/dpkg/status", status), ("/opt/google/chrome/chrome", "")]);
        let built = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        let file = File::open(tree.path("/opt/google/chrome/chrome")).unwrap();
        file.set_modified(built).unwrap();
        let found = of(&tree);
        assert_eq!(found[0].version, Outcome::seen("142.0-1".into()));
        assert_eq!(found[0].built, Outcome::seen(built.try_into().unwrap()));
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(of(&tree)[0].built.is_unmeasured());
    }

    /// Chromium of this Debian, which says its own version when it is asked.
    #[test]
    fn this_computers_chromium() {
        let system = System { root: "/".into(), home: None, env: vec![] };
        let installed = super::super::apt::installed(&system).unwrap();
        let found = look(&system, installed.as_ref(), &mut Vec::new());
        let chromium = found.iter().find(|one| one.by == "/usr/lib/chromium/chromium").expect("chromium");
        let output =
            Command::new("dpkg-query").args(["-W", "-f", "${Version}", "chromium"]).output().unwrap();
        assert_eq!(chromium.version, Outcome::seen(String::from_utf8(output.stdout).unwrap()));
        assert!(chromium.built.is_seen());
    }
}
