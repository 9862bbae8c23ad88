//! A QR code (ISO/IEC 18004) for a terminal, two rows of it to a line, with the quiet zone that readers need.

use qrcodegen::{QrCode, QrCodeEcc};

/// Modules of quiet zone on each side.
const QUIET: i32 = 4;

/// Black on white, whatever the terminal's own colours are; by number, so that no palette turns them round.
const COLOURS: &str = "\x1b[38;5;16;48;5;231m";

/// The code of a text. None where it is too long for one.
///
/// With `colours` it is dark on light in every terminal. Without, blocks are drawn where the code is light: right where
/// text is light on dark; elsewhere dark and light are exchanged, which most readers take as well.
pub fn qr(text: &str, colours: bool) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let range = -QUIET..code.size() + QUIET;
    let mut picture = String::new();
    for y in range.clone().step_by(2) {
        if colours {
            picture.push_str(COLOURS);
        }
        for x in range.clone() {
            // Past the edges every module is light, also below the last row of an odd number.
            let (upper, lower) = (code.get_module(x, y), code.get_module(x, y + 1));
            picture.push(match (upper == colours, lower == colours) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        if colours {
            picture.push_str("\x1b[0m");
        }
        picture.push('\n');
    }
    Some(picture)
}
