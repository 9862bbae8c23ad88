//! `Clear-Site-Data` (W3C Clear Site Data): what a browser is told to forget.

use crate::syntax::{split_outside_quotes, trim};

/// The kinds of data that are cleared, in the order named, in lower case; `*` for all. An unquoted name is no
/// member of the grammar (3.1) and counts for nothing.
pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut kinds = Vec::new();
    for part in values.into_iter().flat_map(|value| split_outside_quotes(value, b',')) {
        let inner = trim(part).strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        if let Some(kind) = inner.filter(|kind| !kind.is_empty()).map(str::to_ascii_lowercase)
            && !kinds.contains(&kind)
        {
            kinds.push(kind);
        }
    }
    kinds
}

/// True where cookies are cleared.
pub fn clears_cookies(kinds: &[String]) -> bool {
    kinds.iter().any(|kind| kind == "*" || kind == "cookies")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_quoted_names_count() {
        assert_eq!(parse(["\"cache\", \"Cookies\",storage", "\"*\""]), ["cache", "cookies", "*"]);
        assert!(clears_cookies(&parse(["\"*\""])));
        assert!(!clears_cookies(&parse(["cookies, \"cache\""])));
        assert!(parse([]).is_empty());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".*") {
            let _ = clears_cookies(&parse([text.as_str()]));
        }
    }
}
