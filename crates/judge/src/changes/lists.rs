//! Helpers for lists of records.

/// What one list has and another has not.
pub(super) fn beyond<'a>(of: &'a [String], known: &[String]) -> Vec<&'a String> {
    of.iter().filter(|one| !known.contains(one)).collect()
}

/// The last word of each record, such as the server of `10 mail.example`, sorted.
pub(super) fn last_words(records: &[String]) -> Vec<String> {
    let mut words: Vec<String> =
        records.iter().filter_map(|record| record.rsplit(' ').next()).map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

/// The lines of records, one that says so where there are none.
pub(super) fn or_none(records: &[String]) -> Vec<String> {
    if records.is_empty() { vec!["none".to_owned()] } else { records.to_vec() }
}
