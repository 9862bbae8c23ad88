//! curl, wget, npm, pip and Docker.

use midwatch_model::LocalSettingKind::*;

use super::{Found, Gather};
use crate::lines::{assignment, is_no, numbered, sections, unquote};
use crate::system::Place;

pub(super) fn look(gather: &mut Gather<'_>) {
    curl(gather);
    wget(gather);
    npm(gather);
    pip(gather);
    docker(gather);
}

/// curl(1), `-K`: an option on a line, with or without dashes, its value after white space, `=` or `:`.
fn curl(gather: &mut Gather<'_>) {
    for path in [".curlrc", ".config/curlrc"] {
        let Some((place, text)) = gather.home(path) else { continue };
        for (number, line) in numbered(&text, &['#']) {
            let end = line.find(|c: char| c.is_whitespace() || c == '=' || c == ':').unwrap_or(line.len());
            let (name, rest) = line.split_at(end);
            let name = name.trim_start_matches('-');
            let value = unquote(rest.trim_start_matches(|c: char| c.is_whitespace() || c == '=' || c == ':'));
            let found = Found::at(&place, number, name, value);
            match name {
                "k" | "insecure" | "proxy-insecure" | "doh-insecure" => {
                    gather.add(NotVerified, "curl", found)
                }
                "x" | "proxy" | "preproxy" | "socks5" | "socks5-hostname" | "socks4" | "socks4a" => {
                    gather.add(Proxy, "curl", found);
                }
                "cacert" | "capath" => gather.add(CaBundle, "curl", found),
                "tlsv1.0" | "tlsv1.1" | "1" | "sslv3" | "sslv2" => gather.add(Weakened, "curl", found),
                _ => {}
            }
        }
    }
}

/// wget(1): names in any case, with `_`, `-` or nothing between their parts.
fn wget(gather: &mut Gather<'_>) {
    let system = gather.system.at("/etc/wgetrc");
    let system = gather.text(&system).map(|text| (system, text));
    let home = gather.home(".wgetrc");
    for (place, text) in system.into_iter().chain(home) {
        for (number, line) in numbered(&text, &['#']) {
            let Some((name, value)) = assignment(line) else { continue };
            let plain: String =
                name.chars().filter(|c| !matches!(c, '_' | '-')).collect::<String>().to_ascii_lowercase();
            let found = Found::at(&place, number, name, value);
            match plain.as_str() {
                "checkcertificate" if is_no(value) || value == "quiet" => {
                    gather.add(NotVerified, "wget", found);
                }
                "httpproxy" | "httpsproxy" | "ftpproxy" => gather.add(Proxy, "wget", found),
                "cacertificate" | "cadirectory" => gather.add(CaBundle, "wget", found),
                _ => {}
            }
        }
    }
}

/// npmrc(5).
fn npm(gather: &mut Gather<'_>) {
    let mut files: Vec<(Place, String)> = Vec::new();
    for path in ["/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc"] {
        let place = gather.system.at(path);
        files.extend(gather.text(&place).map(|text| (place, text)));
    }
    files.extend(gather.home(".npmrc"));
    for (place, text) in files {
        for (number, line) in numbered(&text, &['#', ';']) {
            let Some((name, value)) = assignment(line) else { continue };
            let found = Found::at(&place, number, name, value);
            match name {
                "strict-ssl" if is_no(value) => gather.add(NotVerified, "npm", found),
                "proxy" | "https-proxy" | "http-proxy" => gather.add(Proxy, "npm", found),
                "cafile" => gather.add(CaBundle, "npm", found),
                name if (name == "registry" || name.ends_with(":registry"))
                    && value.starts_with("http://") =>
                {
                    gather.add(PlainSource, "npm", found);
                }
                _ => {}
            }
        }
    }
}

/// pip's configuration files. Values may go on over further lines, which are indented.
fn pip(gather: &mut Gather<'_>) {
    let mut files: Vec<(Place, String)> = Vec::new();
    for path in ["/etc/pip.conf", "/etc/xdg/pip/pip.conf"] {
        let place = gather.system.at(path);
        files.extend(gather.text(&place).map(|text| (place, text)));
    }
    for path in [".config/pip/pip.conf", ".pip/pip.conf"] {
        files.extend(gather.home(path));
    }
    for (place, text) in files {
        for (_, name, value, number) in sections(&joined(&text)) {
            let found = Found::at(&place, number, &name, &value);
            match name.as_str() {
                "trusted-host" => gather.add(NotVerified, "pip", found.within(&value)),
                "proxy" => gather.add(Proxy, "pip", found),
                "cert" => gather.add(CaBundle, "pip", found),
                "index-url" | "extra-index-url" if value.contains("http://") => {
                    gather.add(PlainSource, "pip", found);
                }
                _ => {}
            }
        }
    }
}

/// Lines that are indented belong to the line before them. Their own lines stay, empty, so that numbers hold.
fn joined(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut owner = None;
    for line in text.lines() {
        let goes_on = line.starts_with([' ', '\t']) && !line.trim().is_empty() && !line.contains('=');
        match owner.and_then(|at: usize| lines.get_mut(at)).filter(|_| goes_on) {
            Some(owner) => {
                owner.push(' ');
                owner.push_str(line.trim());
                lines.push(String::new());
            }
            None => {
                owner = Some(lines.len());
                lines.push(line.to_owned());
            }
        }
    }
    lines.join("\n")
}

/// `insecure-registries` and proxies of dockerd(8).
fn docker(gather: &mut Gather<'_>) {
    let place = gather.system.at("/etc/docker/daemon.json");
    let Some(text) = gather.text(&place) else { return };
    let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else {
        let detail = format!("{} is no JSON", place.shown);
        gather.unread(&place, midwatch_model::Reason::new(midwatch_model::ReasonKind::Protocol, detail));
        return;
    };
    let registries = json.get("insecure-registries").and_then(|all| all.as_array());
    for registry in registries.into_iter().flatten().filter_map(|one| one.as_str()).take(100) {
        let found = Found {
            name: "insecure-registries",
            value: registry,
            file: &place.shown,
            line: None,
            scope: None,
        };
        gather.add(NotVerified, "docker", found.within(registry));
    }
    for name in ["http-proxy", "https-proxy"] {
        if let Some(value) = json.pointer(&format!("/proxies/{name}")).and_then(|one| one.as_str()) {
            gather.add(Proxy, "docker", Found { name, value, file: &place.shown, line: None, scope: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::of;

    #[test]
    fn curl_and_wget() {
        let found = of(&[
            (
                "~/.curlrc",
                "# none\n--insecure\nproxy = \"http://a:b@p.example\"\nuser-agent: x\n-k\nmax-time 3\n",
            ),
            ("/etc/wgetrc", "#check_certificate = off\nhttps_proxy = http://p.example:3128/\n"),
            ("~/.wgetrc", "Check-Certificate=off\ncheck_certificate = on\n"),
        ]);
        assert_eq!(
            found,
            [
                "NotVerified curl insecure=",
                "Proxy curl proxy=http://…@p.example",
                "NotVerified curl k=",
                "Proxy wget https_proxy=http://p.example:3128/",
                "NotVerified wget Check-Certificate=off",
            ]
        );
    }

    #[test]
    fn npm_pip_and_docker() {
        let found = of(&[
            (
                "~/.npmrc",
                "//registry.example/:_authToken=secret\nstrict-ssl=false\n@me:registry=http://npm.example/\n\
                 registry=https://registry.example/\n",
            ),
            (
                "/etc/pip.conf",
                "[global]\ntrusted-host =\n    a.example\n    b.example\nindex-url = https://u:secret@pip.example/\n",
            ),
            ("/etc/docker/daemon.json", r#"{"insecure-registries": ["registry.example:5000"]}"#),
        ]);
        assert_eq!(
            found,
            [
                "NotVerified npm strict-ssl=false",
                "PlainSource npm @me:registry=http://npm.example/",
                "NotVerified pip trusted-host=a.example b.example for a.example b.example",
                "NotVerified docker insecure-registries=registry.example:5000 for registry.example:5000",
            ]
        );
        assert!(!found.concat().contains("secret"));
    }

    #[test]
    fn sound_files_have_nothing() {
        let found = of(&[
            ("~/.curlrc", "silent\n"),
            ("~/.wgetrc", "check_certificate = on\n"),
            ("~/.npmrc", "strict-ssl=true\n"),
            ("/etc/docker/daemon.json", "{}"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
