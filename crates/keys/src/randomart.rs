//! The picture that `ssh-keygen -lv` draws of a fingerprint: the way of a drunken bishop, who goes one step in a diagonal for
//! every two bits.

use crate::hash::sha256;
use crate::{Format, PublicKey};

const WIDTH: usize = 17;
const HEIGHT: usize = 9;

/// How often he was there; then where he began and where he ended.
const MARKS: [char; 17] =
    [' ', '.', 'o', '+', '=', '*', 'B', 'O', 'X', '@', '%', '&', '#', '/', '^', 'S', 'E'];

/// The picture of an OpenSSH key: eleven lines. None for other formats, whose tools draw none.
pub fn randomart(key: &PublicKey) -> Option<String> {
    if key.format != Format::Openssh {
        return None;
    }
    let sized = key.bits.map(|bits| format!("[{} {bits}]", key.algorithm));
    // Where the size does not fit it is left out, and what does not fit then is cut, as ssh-keygen does it.
    let title = sized.filter(|title| title.len() <= WIDTH).unwrap_or_else(|| format!("[{}]", key.algorithm));
    let title: String = title.chars().take(WIDTH - 1).collect();
    Some(draw(&sha256(&key.material), &title, "[SHA256]"))
}

/// Draws a digest.
pub fn draw(digest: &[u8], title: &str, hash: &str) -> String {
    let end = MARKS.len() - 1;
    let start = end - 1;
    let mut field = [[0_usize; WIDTH]; HEIGHT];
    let (mut x, mut y) = (WIDTH / 2, HEIGHT / 2);
    let centre = (x, y);
    for pair in digest.iter().flat_map(|byte| (0..4).map(move |pair| byte >> (2 * pair) & 3)) {
        x = step(x, pair & 1 != 0, WIDTH);
        y = step(y, pair & 2 != 0, HEIGHT);
        if let Some(place) = field.get_mut(y).and_then(|row| row.get_mut(x))
            && *place < start - 1
        {
            *place += 1;
        }
    }
    for ((x, y), mark) in [(centre, start), ((x, y), end)] {
        if let Some(place) = field.get_mut(y).and_then(|row| row.get_mut(x)) {
            *place = mark;
        }
    }
    let mut picture = border(title);
    for row in field {
        let marks: String = row.iter().map(|&mark| MARKS.get(mark).copied().unwrap_or(' ')).collect();
        picture.push_str(&format!("|{marks}|\n"));
    }
    picture + &border(hash)
}

/// One step that stays on the board.
fn step(at: usize, forward: bool, size: usize) -> usize {
    if forward { (at + 1).min(size - 1) } else { at.saturating_sub(1) }
}

fn border(title: &str) -> String {
    let before = WIDTH.saturating_sub(title.len()) / 2;
    let after = WIDTH.saturating_sub(title.len() + before);
    format!("+{}{title}{}+\n", "-".repeat(before), "-".repeat(after))
}
