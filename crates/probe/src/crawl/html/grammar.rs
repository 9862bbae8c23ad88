//! The small grammars within attributes.

/// HTML's white space.
pub(super) const SPACE: [char; 5] = [' ', '\t', '\n', '\r', '\x0c'];

/// The URLs of a `srcset` (HTML, 4.8.4.2.2 "parse a srcset attribute"). Candidates with descriptors that are
/// wrong are left out, as browsers do.
pub(super) fn srcset(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|c| SPACE.contains(&c) || c == ',');
            if rest.is_empty() {
                return None;
            }
            let (url, after) = rest.split_at(rest.find(SPACE).unwrap_or(rest.len()));
            rest = after;
            let bare = url.trim_end_matches(',');
            if bare.len() != url.len() {
                return Some(bare);
            }
            let (descriptors, after) = descriptors(rest);
            rest = after;
            if are_valid(descriptors) {
                return Some(url);
            }
        }
    })
}

/// Splits at the comma that ends the descriptors of a candidate: one outside parentheses.
fn descriptors(text: &str) -> (&str, &str) {
    let mut in_parens = false;
    let comma = text.find(|c| {
        match c {
            '(' => in_parens = true,
            ')' => in_parens = false,
            _ => {}
        }
        c == ',' && !in_parens
    });
    comma.and_then(|comma| text.split_at_checked(comma)).unwrap_or((text, ""))
}

fn are_valid(descriptors: &str) -> bool {
    let (mut width, mut density, mut height) = (false, false, false);
    for descriptor in descriptors.split(SPACE).filter(|descriptor| !descriptor.is_empty()) {
        let whole = |digits: &str| {
            digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.bytes().any(|byte| byte != b'0')
        };
        let fits = if let Some(digits) = descriptor.strip_suffix('w') {
            !std::mem::replace(&mut width, true) && !density && whole(digits)
        } else if let Some(number) = descriptor.strip_suffix('x') {
            !std::mem::replace(&mut density, true) && !width && !height && is_density(number)
        } else if let Some(digits) = descriptor.strip_suffix('h') {
            !std::mem::replace(&mut height, true) && !density && whole(digits)
        } else {
            false
        };
        if !fits {
            return false;
        }
    }
    width || !height
}

/// A valid floating-point number (2.3.4.3) that is not negative.
fn is_density(number: &str) -> bool {
    number.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'))
        && !number.ends_with('.')
        && number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'))
        && number.parse::<f64>().is_ok_and(|value| value >= 0.0)
}

/// The URL of a `meta http-equiv=refresh` (HTML, "shared declarative refresh steps"); none where it names
/// none, and so loads the page itself again, and where it is no refresh at all.
pub(super) fn refresh(content: &str) -> Option<&str> {
    let content = content.trim_start_matches(SPACE);
    let after = content.trim_start_matches(|c: char| c.is_ascii_digit());
    if after.len() == content.len() && !content.starts_with('.') {
        return None;
    }
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if !after.starts_with(|c| SPACE.contains(&c) || matches!(c, ';' | ',')) {
        return None;
    }
    let after = after.trim_start_matches(SPACE);
    let url = after.strip_prefix([';', ',']).unwrap_or(after).trim_start_matches(SPACE);
    let named = url
        .strip_prefix(['u', 'U'])
        .and_then(|rest| rest.strip_prefix(['r', 'R']))
        .and_then(|rest| rest.strip_prefix(['l', 'L']))
        .and_then(|rest| rest.trim_start_matches(SPACE).strip_prefix('='))
        .map(|rest| rest.trim_start_matches(SPACE));
    // Without `url`, quotes go away too; with a `u` that begins something else, they stay.
    let url = match named {
        Some(named) => named,
        None if url.starts_with(['u', 'U']) => return Some(url),
        None => url,
    };
    let url = match url.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inside = url.strip_prefix(quote).unwrap_or(url);
            inside.split(quote).next().unwrap_or(inside)
        }
        _ => url,
    };
    (!url.is_empty()).then_some(url)
}

/// True where a `script` with this `type` is one (HTML, "prepare the script element"; the types of MIME
/// Sniffing, 4.6): import maps, speculation rules and data blocks load nothing.
pub(super) fn is_script(r#type: Option<&str>) -> bool {
    let Some(written) = r#type.filter(|written| !written.is_empty()) else { return true };
    let written = written.trim_matches(SPACE).to_ascii_lowercase();
    matches!(
        written.as_str(),
        "module"
            | "application/ecmascript"
            | "application/javascript"
            | "application/x-ecmascript"
            | "application/x-javascript"
            | "text/ecmascript"
            | "text/javascript"
            | "text/javascript1.0"
            | "text/javascript1.1"
            | "text/javascript1.2"
            | "text/javascript1.3"
            | "text/javascript1.4"
            | "text/javascript1.5"
            | "text/jscript"
            | "text/livescript"
            | "text/x-ecmascript"
            | "text/x-javascript"
    )
}

/// A `meta name=referrer`'s value in lower case, old names replaced; none where it is not known.
pub(super) fn referrer(content: &str) -> Option<String> {
    let content = content.to_ascii_lowercase();
    let value = match content.as_str() {
        "never" => "no-referrer",
        "default" => "strict-origin-when-cross-origin",
        "always" => "unsafe-url",
        "origin-when-crossorigin" => "origin-when-cross-origin",
        known => known,
    };
    midwatch_fields::referrer_policy::ReferrerPolicy::from_token(value).map(|_| value.to_owned())
}

/// White space collapsed, at most 200 characters; none where nothing is left.
pub(super) fn title(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let title: String = words.join(" ").chars().take(200).collect();
    (!title.is_empty()).then_some(title)
}

/// The beginning of a text: whole characters, `bytes` at most.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    (0..=bytes.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn srcsets() {
        for (text, expected) in [
            ("a.png", &["a.png"][..]),
            (" a.png 1x, b.png 2x ", &["a.png", "b.png"]),
            ("a,b.png 1x,c.png 2x", &["a,b.png", "c.png"]),
            ("a.png,b.png", &["a.png,b.png"]),
            ("a.png, b.png", &["a.png", "b.png"]),
            ("a.png,, ,b.png 100w", &["a.png", "b.png"]),
            (
                "https://x.example/w_100,h_2/a.png 100w 5h, b.png 1.5e1x",
                &["https://x.example/w_100,h_2/a.png", "b.png"],
            ),
            ("a.png 0w, b.png -1x, c.png 1q, d.png 5h, e.png 1w 2x, f.png .5x", &["f.png"]),
            ("a.png x(1, 2), b.png", &["b.png"]),
            ("a.png 1x(", &[]),
            (",,, ,", &[]),
            ("", &[]),
        ] {
            let found: Vec<&str> = srcset(text).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn refreshes() {
        for (content, expected) in [
            ("0; url=/a", Some("/a")),
            ("5;URL='/a b'x", Some("/a b")),
            ("5; url = \"/a\"", Some("/a")),
            (" .5,/a", Some("/a")),
            ("1.5.2 /a", Some("/a")),
            ("0;'/a'", Some("/a")),
            ("0; url='/a", Some("/a")),
            ("0; urls", Some("urls")),
            ("0; u'x'", Some("u'x'")),
            ("0 ; /a", Some("/a")),
            ("0", None),
            ("0;", None),
            ("0; url=", None),
            ("0x; url=/a", None),
            ("url=/a", None),
            ("-1; url=/a", None),
            ("", None),
        ] {
            assert_eq!(refresh(content), expected, "{content}");
        }
    }

    #[test]
    fn script_types() {
        for script in [None, Some(""), Some(" Text/JavaScript "), Some("module"), Some("text/javascript1.5")]
        {
            assert!(is_script(script), "{script:?}");
        }
        for data in
            [" ", "importmap", "speculationrules", "application/json", "text/javascript; charset=utf-8"]
        {
            assert!(!is_script(Some(data)), "{data}");
        }
    }

    #[test]
    fn words() {
        assert_eq!(title("\n a \t b\u{a0}c\n").as_deref(), Some("a b c"));
        assert_eq!(title(" \n"), None);
        assert_eq!(title(&"é".repeat(300)).map(|title| title.chars().count()), Some(200));
        assert_eq!((cut("aé", 2), cut("aé", 3), cut("aé", 9)), ("a", "aé", "aé"));
        assert_eq!(referrer("Always").as_deref(), Some("unsafe-url"));
        assert_eq!(referrer("nonsense"), None);
    }
}
