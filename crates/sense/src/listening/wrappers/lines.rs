//! The lines of one file as libwrap reads them: with what a backslash at the end joins, into a buffer of 2,048 octets.

/// The buffer of one line, with the octet that ends a string of C.
const BUFFER: usize = 2048;

/// Lines of one file that are looked at.
const MAX_LINES: usize = 200_000;

/// A line, joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The number of its first line in the file.
    pub(super) number: usize,
    /// Its text, with the end of line.
    pub(super) text: String,
}

/// How a file ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the end of a line.
    Whole,
    /// Without one: what libwrap makes of it differs by its version.
    Broken {
        /// The line.
        number: usize,
        /// What is wrong with it.
        what: &'static str,
        /// Nothing follows it in the file.
        is_last: bool,
    },
}

/// The lines that libwrap reads, and how they end.
pub(super) fn read(bytes: &[u8]) -> (Vec<Line>, End) {
    let mut lines = Vec::new();
    let mut rest = bytes;
    let mut number = 1;
    loop {
        let first = number;
        let mut buffer: Vec<u8> = Vec::new();
        let broken = |what, is_last| End::Broken { number: first, what, is_last };
        let is_whole = loop {
            let room = BUFFER - 1 - buffer.len();
            let at_most = rest.get(..room).unwrap_or(rest);
            let end = at_most.iter().position(|octet| *octet == b'\n').map_or(at_most.len(), |at| at + 1);
            let (chunk, after) = rest.split_at(end);
            if chunk.is_empty() {
                break false;
            }
            // A string of C ends there, and what is read next is put behind it.
            if chunk.contains(&0) {
                return (lines, broken("an octet of zero", false));
            }
            rest = after;
            match chunk {
                [joined @ .., b'\\', b'\n'] => {
                    number += 1;
                    buffer.extend_from_slice(joined);
                }
                [.., b'\n'] => {
                    number += 1;
                    buffer.extend_from_slice(chunk);
                    break true;
                }
                _ => buffer.extend_from_slice(chunk),
            }
            if buffer.len() == BUFFER - 1 {
                break false;
            }
        };
        if !is_whole {
            return match (buffer.is_empty(), rest.is_empty()) {
                (true, _) => (lines, End::Whole),
                (false, true) => (lines, broken("a line without an end", true)),
                (false, false) => (lines, broken("a line of more than 2,047 octets", false)),
            };
        }
        if lines.len() == MAX_LINES {
            return (lines, broken("too many lines to follow", false));
        }
        lines.push(Line { number: first, text: String::from_utf8_lossy(&buffer).into_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> (Vec<(usize, String)>, End) {
        let (lines, end) = read(bytes);
        (lines.into_iter().map(|line| (line.number, line.text)).collect(), end)
    }

    #[test]
    fn a_backslash_joins() {
        let (lines, end) = texts(b"# a \\\nALL: ALL\nsshd: \\\n 10. \\\n 11.\n\n");
        let expected = [(1, "# a ALL: ALL\n"), (3, "sshd:  10.  11.\n"), (6, "\n")];
        assert_eq!(lines, expected.map(|(number, text)| (number, text.to_owned())));
        assert_eq!(end, End::Whole);
        assert_eq!(texts(b"ALL: ALL \\\r\nx\n").0.len(), 2, "a carriage return stands between");
        assert_eq!(texts(b""), (vec![], End::Whole));
        assert_eq!(texts(b"\\\n"), (vec![], End::Whole));
    }

    #[test]
    fn what_is_no_line_ends_it() {
        let broken = |bytes: &[u8]| match read(bytes) {
            (lines, End::Broken { number, is_last, .. }) => (lines.len(), number, is_last),
            other => panic!("{other:?}"),
        };
        assert_eq!(broken(b"a: b\nALL: ALL"), (1, 2, true));
        assert_eq!(broken(b"ALL: ALL \\\n"), (0, 1, true));
        assert_eq!(broken(b"a: b\nc\0: d\ne: f\n"), (1, 2, false));
        let mut long = vec![b'x'; 2046];
        long.extend_from_slice(b"\na: b\n");
        assert_eq!(read(&long).0.len(), 2);
        long.insert(0, b'x');
        assert_eq!(broken(&long), (0, 1, false));
    }
}
