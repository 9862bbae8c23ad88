//! Small helpers for sentences.

/// `1 page`, `3 pages`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

/// The first `limit` items as a list in words, and how many more there are.
pub(crate) fn some<S: AsRef<str>>(items: &[S], limit: usize) -> String {
    match items.get(..limit) {
        Some(first) if items.len() > limit => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {} more", first.join(", "), items.len() - limit)
        }
        _ => and(items),
    }
}

/// A name in the middle of a sentence: `eavesdropping`, but `DNS spoofing`.
pub(crate) fn uncapitalised(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(name.chars().skip(1)).collect()
        }
        _ => name.to_owned(),
    }
}

/// Seconds as days where they are whole days and many, else as seconds: `365 days`, `300 seconds`.
pub(crate) fn duration(seconds: u64) -> String {
    const DAY: u64 = 24 * 60 * 60;
    match seconds {
        1 => "1 second".to_owned(),
        _ if seconds < 2 * DAY => format!("{seconds} seconds"),
        _ => count(usize::try_from(seconds / DAY).unwrap_or(usize::MAX), "day"),
    }
}

/// A day for people, UTC.
pub(crate) fn day(time: midwatch_model::Time) -> String {
    time.strftime("%-d %B %Y").to_string()
}

/// A trust store's roots, as a sentence names them.
pub(crate) fn roots_of(store: &str) -> String {
    match store {
        "given" => "the roots that you gave".into(),
        "mozilla" => "Mozilla's roots".into(),
        "chrome" => "Chrome's roots".into(),
        other => format!("the roots of {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(and::<&str>(&[]), "");
        assert_eq!(and(&["a", "b", "c"]), "a, b and c");
        assert_eq!(some(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(some(&["a", "b"], 2), "a and b");
        assert_eq!(uncapitalised("Session hijacking"), "session hijacking");
        assert_eq!(uncapitalised("DNS spoofing"), "DNS spoofing");
        assert_eq!((count(1, "page"), count(0, "page")), ("1 page".into(), "0 pages".into()));
    }

    #[test]
    fn durations_are_days_or_seconds() {
        assert_eq!(duration(300), "300 seconds");
        assert_eq!(duration(31_536_000), "365 days");
        assert_eq!(duration(31_535_999), "364 days");
        assert_eq!(duration(1), "1 second");
    }
}
