//! apt.conf(5) and sources.list(5).

use midwatch_model::LocalSettingKind::*;

use super::{Found, Gather};
use crate::lines::{is_no, is_yes, numbered};
use crate::system::Place;

/// Tokens of one file that are looked at.
const MAX_TOKENS: usize = 100_000;

/// Scopes inside of each other that are kept track of.
const MAX_DEPTH: usize = 32;

pub(super) fn look(gather: &mut Gather<'_>) {
    let mut files: Vec<(Place, String)> = Vec::new();
    let directory = gather.system.at("/etc/apt/apt.conf.d");
    files.extend(gather.all(&directory, ""));
    let main = gather.system.at("/etc/apt/apt.conf");
    files.extend(gather.text(&main).map(|text| (main, text)));
    for (place, text) in files {
        for (name, value, line) in options(&text) {
            let lower = name.to_ascii_lowercase();
            let found = Found::at(&place, line, &name, &value);
            let parts: Vec<&str> = lower.split("::").collect();
            match parts.as_slice() {
                ["acquire", "https", "verify-peer" | "verify-host"] if is_no(&value) => {
                    gather.add(NotVerified, "apt", found);
                }
                ["acquire", "https", host, "verify-peer" | "verify-host"] if is_no(&value) => {
                    gather.add(NotVerified, "apt", found.within(host));
                }
                ["acquire", "allowinsecurerepositories" | "allowweakrepositories"]
                | ["apt", "get", "allowunauthenticated"]
                    if is_yes(&value) =>
                {
                    gather.add(NotVerified, "apt", found);
                }
                ["acquire", "http" | "https" | "ftp", rest @ ..]
                    if rest.contains(&"proxy") && !value.eq_ignore_ascii_case("direct") =>
                {
                    gather.add(Proxy, "apt", found);
                }
                ["acquire", "http" | "https", "proxy-auto-detect" | "proxyautodetect"] => {
                    gather.add(ProxyScript, "apt", found);
                }
                ["acquire", "https", "cainfo"] => gather.add(CaBundle, "apt", found),
                _ => {}
            }
        }
    }
    sources(gather);
}

/// Repositories whose signatures are not looked at. That they come over http is no fault: they are signed.
fn sources(gather: &mut Gather<'_>) {
    let directory = gather.system.at("/etc/apt/sources.list.d");
    let mut lists = gather.all(&directory, ".list");
    let main = gather.system.at("/etc/apt/sources.list");
    lists.extend(gather.text(&main).map(|text| (main, text)));
    for (place, text) in lists {
        for (number, line) in numbered(&text, &['#']) {
            let Some((options, rest)) = line.split_once('[').and_then(|(_, rest)| rest.split_once(']'))
            else {
                continue;
            };
            let uri = rest.split_whitespace().next().unwrap_or_default();
            for option in options.split_whitespace() {
                let Some((name, value)) = option.split_once('=') else { continue };
                if matches!(name, "trusted" | "allow-insecure") && is_yes(value) {
                    gather.add(NotVerified, "apt", Found::at(&place, number, name, value).within(uri));
                }
            }
        }
    }
    for (place, text) in gather.all(&directory, ".sources") {
        let mut uris = String::new();
        for (number, line) in numbered(&text, &['#']) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "uris" => uris = value.to_owned(),
                "trusted" | "allow-insecure" if is_yes(value) => {
                    let found = Found::at(&place, number, name, value);
                    gather.add(NotVerified, "apt", found.within(&uris));
                }
                _ => {}
            }
        }
    }
}

/// Names with all their scopes, values and lines.
pub(crate) fn options(text: &str) -> Vec<(String, String, u32)> {
    let mut scopes: Vec<String> = Vec::new();
    let mut name = String::new();
    let mut value: Option<String> = None;
    let mut found = Vec::new();
    for (token, line) in tokens(text).into_iter().take(MAX_TOKENS) {
        match token {
            Token::Word(word) => name = word,
            Token::Text(text) => value = Some(text),
            Token::Open if scopes.len() < MAX_DEPTH => scopes.push(std::mem::take(&mut name)),
            Token::Open => return found,
            Token::Close => {
                scopes.pop();
                name.clear();
            }
            Token::End => {
                if let Some(value) = value.take() {
                    let all: Vec<&str> = scopes
                        .iter()
                        .chain([&name])
                        .map(String::as_str)
                        .filter(|part| !part.is_empty())
                        .collect();
                    found.push((all.join("::"), value, line));
                }
                name.clear();
            }
        }
    }
    found
}

enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    End,
}

fn tokens(text: &str) -> Vec<(Token, u32)> {
    let mut found = Vec::new();
    let mut in_comment = false;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let mut rest = line.trim();
        while !rest.is_empty() && found.len() < MAX_TOKENS {
            if in_comment {
                match rest.split_once("*/") {
                    Some((_, after)) => (in_comment, rest) = (false, after.trim_start()),
                    None => break,
                }
                continue;
            }
            if rest.starts_with("//") || rest.starts_with('#') {
                break;
            }
            if let Some(after) = rest.strip_prefix("/*") {
                (in_comment, rest) = (true, after);
                continue;
            }
            let single = match rest.chars().next() {
                Some('{') => Some(Token::Open),
                Some('}') => Some(Token::Close),
                Some(';') => Some(Token::End),
                _ => None,
            };
            if let Some(token) = single {
                found.push((token, number));
                rest = rest.get(1..).unwrap_or_default().trim_start();
            } else if let Some(after) = rest.strip_prefix('"') {
                let (text, after) = after.split_once('"').unwrap_or((after, ""));
                found.push((Token::Text(text.to_owned()), number));
                rest = after.trim_start();
            } else {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | ';' | '"'))
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                // A value may stand without quotes.
                let is_value = matches!(found.last(), Some((Token::Word(_), _)));
                let word = word.to_owned();
                found.push((if is_value { Token::Text(word) } else { Token::Word(word) }, number));
                rest = after.trim_start();
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::of;
    use super::*;

    #[test]
    fn both_forms_of_options() {
        let text = "// note\nAcquire::http::Proxy \"http://u:secret@p.example:3142\";\nAcquire {\n  https {\n    Verify-Peer \
                    \"false\"; # really\n    Proxy::deb.example \"DIRECT\";\n  };\n /* Proxy \"x\"; */\n};\n\
                    Acquire::https::own.example::Verify-Host \"false\";\nAPT::Get::AllowUnauthenticated true;\nDir::Cache \"x\";\n";
        assert_eq!(
            of(&[("/etc/apt/apt.conf.d/01proxy", text)]),
            [
                "Proxy apt Acquire::http::Proxy=http://…@p.example:3142",
                "NotVerified apt Acquire::https::Verify-Peer=false",
                "NotVerified apt Acquire::https::own.example::Verify-Host=false for own.example",
                "NotVerified apt APT::Get::AllowUnauthenticated=true",
            ]
        );
    }

    #[test]
    fn repositories_without_signatures() {
        let found = of(&[
            (
                "/etc/apt/sources.list",
                "deb http://deb.example/ stable main\ndeb [arch=amd64 trusted=yes] http://x.example/ ./\n",
            ),
            ("/etc/apt/sources.list.d/y.sources", "Types: deb\nURIs: http://y.example/\nTrusted: yes\n"),
            ("/etc/apt/sources.list.d/z.sources", "Types: deb\nURIs: http://z.example/\nTrusted: no\n"),
        ]);
        assert_eq!(
            found,
            [
                "NotVerified apt trusted=yes for http://x.example/",
                "NotVerified apt Trusted=yes for http://y.example/"
            ]
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(?s)[a:{};\"/*# \né]{0,200}") {
            options(&text);
        }
    }
}
