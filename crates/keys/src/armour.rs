//! Blocks of base64 between lines that say what they are: PEM (RFC 7468), OpenPGP (RFC 9580, section 6), RFC 4716.

/// A block.
#[derive(Debug)]
pub struct Block {
    /// What stands after BEGIN.
    pub label: String,
    /// The headers before the body, each in one line.
    pub headers: Vec<String>,
    /// The body; none where it is no base64 or has no end.
    pub body: Option<Vec<u8>>,
}

/// The most blocks that are read.
const MAX_BLOCKS: usize = 1000;

/// All blocks of a text. The checksum at the end of an OpenPGP block is left alone, as RFC 9580, section 6.1 asks.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = label(line, "BEGIN ") else { continue };
        let mut body = String::new();
        let mut headers: Vec<String> = Vec::new();
        let mut goes_on = false;
        let mut whole = false;
        for line in lines.by_ref() {
            if line.starts_with("---") {
                whole = self::label(line, "END ") == Some(label);
                break;
            }
            if goes_on || (body.is_empty() && line.contains(':')) {
                let last = line.strip_suffix('\\');
                match headers.last_mut().filter(|_| goes_on) {
                    Some(header) => header.push_str(last.unwrap_or(line)),
                    None => headers.push(last.unwrap_or(line).to_owned()),
                }
                // Only RFC 4716 has headers of several lines.
                goes_on = last.is_some();
            } else if !(line.len() == 5 && line.starts_with('=')) {
                body.push_str(line);
            }
        }
        let body = crate::hash::unbase64(&body).filter(|_| whole);
        blocks.push(Block { label: label.to_owned(), headers, body });
        if blocks.len() == MAX_BLOCKS {
            break;
        }
    }
    blocks
}

/// The label of a line such as `-----BEGIN CERTIFICATE-----`, or with four dashes and spaces (RFC 4716).
fn label<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let inside = line.strip_prefix("----")?.strip_suffix("----")?;
    let inside = inside.strip_prefix('-').and_then(|rest| rest.strip_suffix('-')).unwrap_or(inside);
    inside.trim().strip_prefix(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_all_three_kinds() {
        let text = "Bag Attributes\n-----BEGIN A B-----\nAAEC\nAwQ=\n-----END A B-----\n\
                    -----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: x\n\nAAEC\n=AbCd\n-----END PGP PUBLIC KEY BLOCK-----\n\
                    ---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"of \\\nDavid\"\nAAEC\n---- END SSH2 PUBLIC KEY ----\n\
                    -----BEGIN C-----\nAAEC\n";
        let blocks = blocks(text);
        let labels: Vec<&str> = blocks.iter().map(|block| block.label.as_str()).collect();
        assert_eq!(labels, ["A B", "PGP PUBLIC KEY BLOCK", "SSH2 PUBLIC KEY", "C"]);
        assert_eq!(blocks[0].body, Some(vec![0, 1, 2, 3, 4]));
        assert_eq!(blocks[1].body, Some(vec![0, 1, 2]));
        assert_eq!(
            (blocks[2].headers.join("|"), &blocks[2].body),
            ("Comment: \"of David\"".into(), &Some(vec![0, 1, 2]))
        );
        assert_eq!(blocks[3].body, None, "it has no end");
    }
}
