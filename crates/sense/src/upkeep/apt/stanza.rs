//! Files of stanzas, deb822(5), read line by line: those of a whole distribution are a hundred megabytes.

use std::io::{self, BufRead, BufReader, Read};

/// The longest line of which the beginning is kept; no field that is wanted is longer.
const MAX_LINE: u64 = 64 * 1024;

/// Bytes of one file that are read.
pub(super) const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Gives the wanted fields of every stanza, in the order in which they are wanted; empty where one is not there.
///
/// # Errors
/// Where reading fails, or the file is larger than [`MAX_BYTES`].
pub(super) fn each<const N: usize>(
    file: impl Read,
    wanted: [&str; N],
    mut take: impl FnMut(&[String; N]),
) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(256 * 1024, file.take(MAX_BYTES));
    let mut line = Vec::new();
    let mut fields: [String; N] = std::array::from_fn(|_| String::new());
    let mut any = false;
    while next_line(&mut reader, &mut line)? {
        if line.iter().all(u8::is_ascii_whitespace) {
            if any {
                take(&fields);
                fields.iter_mut().for_each(String::clear);
                any = false;
            }
            continue;
        }
        // Lines that go on from the one before them begin with white space.
        let Some(colon) = line.iter().position(|byte| *byte == b':').filter(|at| *at < 64) else { continue };
        let (name, value) = line.split_at(colon);
        any = true;
        for (wanted, field) in wanted.iter().zip(&mut fields) {
            if name.eq_ignore_ascii_case(wanted.as_bytes()) {
                let value = value.get(1..).unwrap_or_default();
                *field = String::from_utf8_lossy(value).trim().to_owned();
            }
        }
    }
    if any {
        take(&fields);
    }
    match reader.into_inner().limit() {
        0 => Err(io::Error::other(format!("it is larger than {} MiB", MAX_BYTES / 1024 / 1024))),
        _ => Ok(()),
    }
}

/// The next line, cut; false at the end.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let count = reader.by_ref().take(MAX_LINE).read_until(b'\n', line)?;
    let mut rest = Vec::new();
    while line.last() != Some(&b'\n') && rest.last() != Some(&b'\n') && count as u64 == MAX_LINE {
        rest.clear();
        if reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut rest)? == 0 {
            break;
        }
    }
    Ok(count > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Vec<[String; 2]> {
        let mut all = Vec::new();
        each(text, ["Package", "Version"], |fields| all.push(fields.clone())).unwrap();
        all
    }

    #[test]
    fn fields_of_stanzas() {
        let text =
            b"Package: a\nDescription: b\n Version: no\n\tx: y\nVersion: 1:2-3\n\n\nversion: 4\nPACKAGE: c";
        assert_eq!(read(text), [["a".to_owned(), "1:2-3".to_owned()], ["c".to_owned(), "4".to_owned()]]);
        assert!(read(b"\n\n").is_empty());
    }

    #[test]
    fn long_lines_are_passed_over() {
        let mut text = b"Package: a\nLong: ".to_vec();
        text.extend(vec![b'x'; 300_000]);
        text.extend(b"\nVersion: 1\n");
        assert_eq!(read(&text), [["a".to_owned(), "1".to_owned()]]);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            read(&bytes);
        }
    }
}
