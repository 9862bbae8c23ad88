//! `midwatch lab story`: played whole, as text, as JSON and as a page, and at a pseudo-terminal.

mod common;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Command;

use common::{code, midwatch, stderr, stdout};
use midwatch_lab::story::{Attack, Cure};
use midwatch_model::{STORY_SCHEMA, Story, StoryVerdict};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

const SEEDED: [&str; 4] = ["lab", "story", "--seed", "the story"];

/// The whole of it, word for word: every key, every letter, and what each of the three sees.
#[test]
fn it_is_told_from_beginning_to_end() {
    let output = midwatch(&SEEDED);
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn as_json_it_holds_every_cell_and_as_a_page_every_cure() {
    let directory = midwatch_testbed::directory();
    let page = directory.path().join("story.html");
    let output =
        midwatch(&[&SEEDED[..], &["--format", "json", "--html", &page.display().to_string()]].concat());
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""), "one document and nothing else");
    let story: Story = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(story.schema, STORY_SCHEMA);
    assert!(story.as_documented);
    assert_eq!((story.table.cures.len(), story.table.rows.len()), (Cure::ALL.len(), Attack::ALL.len()));
    assert!(story.table.rows.iter().all(|row| row.cells.len() == Cure::ALL.len()));
    let first = &story.chapters[0].plays[0];
    assert_eq!(first.result.verdict, StoryVerdict::NotStopped);
    let page = std::fs::read_to_string(page).expect("the page");
    for cure in Cure::ALL {
        assert!(page.contains(&format!("id=\"c-{cure}\"")), "{cure}");
    }
    assert!(page.contains("Content-Security-Policy") && page.contains("<svg"));
}

#[test]
fn new_keys_each_time_and_one_cure_where_one_is_wanted() {
    let played = || {
        let output = midwatch(&["lab", "story", "--cure", "fingerprint", "--format", "json"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        serde_json::from_slice::<Story>(&output.stdout).expect("JSON")
    };
    let (one, two) = (played(), played());
    assert_eq!(one.chapters.len(), 1);
    assert_eq!(one.table.cures[0].id, "fingerprint");
    assert_ne!(one.chapters, two.chapters, "other keys");
    assert_eq!(one.table.rows.len(), two.table.rows.len());
}

#[test]
fn wrong_usage_is_told_and_the_lab_itself_is_as_it_was() {
    for (arguments, wanted) in [
        (&["lab", "story", "--cure", "prayer"][..], "fingerprint, words"),
        (&["lab", "--list", "story"], "cannot be used with"),
        (&["lab", "story", "--output", "x"], "--output"),
    ] {
        let output = midwatch(arguments);
        assert_eq!(code(&output), 64, "{arguments:?}");
        assert!(stderr(&output).contains(wanted), "{}", stderr(&output));
    }
    let output = midwatch(&["lab", "--list"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).starts_with("https-everywhere\n"));
}

#[test]
fn colour_is_for_who_wants_it_and_nobody_waits_at_a_pipe() {
    let plain = midwatch(&[&SEEDED[..], &["--cure", "none", "--pause"]].concat());
    assert_eq!(code(&plain), 0);
    assert!(!stdout(&plain).contains('\x1b') && !stderr(&plain).contains("Enter"));
    let coloured = midwatch(&[&SEEDED[..], &["--cure", "none", "--colour", "always"]].concat());
    assert!(stdout(&coloured).contains('\x1b'));
}

/// What a terminal shows that is so wide, at which Enter is pressed as often as it is asked for.
fn shown(columns: u16, arguments: &[&str]) -> (String, usize) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&keyboard).expect("a terminal");
    unlockpt(&keyboard).expect("a terminal");
    let name = ptsname(&keyboard, Vec::new()).expect("its name");
    let screen = rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty());
    let screen = screen.expect("its other end");
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&screen, size).expect("a size");
    let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
    command.args(arguments).env("NO_COLOR", "1").env("TERM", "xterm");
    let end = || screen.try_clone().expect("a copy");
    command.stdin(end()).stdout(end()).stderr(end());
    let mut child = command.spawn().expect("midwatch");
    drop((command, screen));
    let mut keyboard = File::from(keyboard);
    let (mut text, mut asked) = (Vec::new(), 0);
    let mut chunk = [0; 4096];
    // The read fails once midwatch has closed the other end.
    while let Ok(count @ 1..) = keyboard.read(&mut chunk) {
        text.extend(&chunk[..count]);
        let now = String::from_utf8_lossy(&text).matches("Enter goes on").count();
        if asked == 0 && now > 0 {
            assert!(!String::from_utf8_lossy(&text).contains("Attack by defence"), "it waits");
        }
        for _ in asked..now {
            keyboard.write_all(b"\n").expect("Enter");
        }
        asked = now;
    }
    assert!(child.wait().expect("an end").success());
    (String::from_utf8(text).expect("UTF-8").replace('\r', ""), asked)
}

#[test]
fn at_a_terminal_it_waits_between_scenes_and_fits() {
    let (text, asked) = shown(50, &["lab", "story", "--seed", "x", "--cure", "tofu", "--pause"]);
    assert!(asked > 5, "{asked}");
    assert!(text.contains("Attack by defence"));
    for columns in [50, 80, 120] {
        let (text, asked) = shown(columns, &["lab", "story", "--seed", "x"]);
        assert_eq!(asked, 0, "nobody asked for pauses");
        for line in text.lines() {
            assert!(line.chars().count() <= usize::from(columns), "{columns}: {line}");
        }
    }
}
