//! Every attack against every cure, and what the documentation says of it.

use std::io;

use midwatch_model::{StoryName, StoryPlay, StoryResult, StoryRow, StoryTable, StoryVerdict};

use super::attack::Attack;
use super::cures::Cure;
use super::play::play;
use super::random::Random;

/// The table as the book has it: written from a run, and compared with each.
pub(crate) const DOCUMENTED: &str = include_str!("table.md");

/// Plays every attack against these cures; the plays as well, by cure and attack.
///
/// # Errors
/// As [`play()`].
pub(crate) async fn table(
    cures: &[Cure],
    random: &Random,
) -> io::Result<(StoryTable, Vec<(Cure, Attack, StoryPlay)>)> {
    let mut plays = Vec::new();
    let mut rows = Vec::new();
    for attack in Attack::ALL {
        let mut cells = Vec::new();
        for cure in cures.iter().copied() {
            if !attack.applies(cure) {
                cells.push(does_not_apply());
                continue;
            }
            let played = play(attack, cure, random).await?;
            cells.push(played.result.clone());
            plays.push((cure, attack, played));
        }
        let name = StoryName { id: attack.id().to_owned(), name: attack.name().to_owned() };
        rows.push(StoryRow { attack: name, about: attack.about().to_owned(), cells });
    }
    let name = |cure: &Cure| StoryName { id: cure.id().to_owned(), name: cure.about().name.to_owned() };
    Ok((StoryTable { cures: cures.iter().map(name).collect(), rows }, plays))
}

fn does_not_apply() -> StoryResult {
    StoryResult {
        verdict: StoryVerdict::DoesNotApply,
        seen_by: Vec::new(),
        read: Vec::new(),
        believed: Vec::new(),
        sentence: "This cure has nothing that the attack could work on.".to_owned(),
    }
}

/// The table in Markdown, as the book has it.
pub fn markdown(table: &StoryTable) -> String {
    let mut text = String::from("| Jessica … |");
    table.cures.iter().for_each(|cure| text.push_str(&format!(" {} |", cure.name)));
    text.push_str("\n|---|");
    table.cures.iter().for_each(|_| text.push_str("---|"));
    text.push('\n');
    for row in &table.rows {
        text.push_str(&format!("| {} |", row.attack.name));
        row.cells.iter().for_each(|cell| text.push_str(&format!(" {} |", words(cell))));
        text.push('\n');
    }
    text
}

/// One cell.
fn words(cell: &StoryResult) -> String {
    let seen = match cell.seen_by.as_slice() {
        [] => String::new(),
        [one] => format!(" ({one} sees it)"),
        _ => " (both see it)".to_owned(),
    };
    match cell.verdict {
        StoryVerdict::DoesNotApply => "–".to_owned(),
        StoryVerdict::NotStopped => format!("**{}**{seen}", cell.verdict.name()),
        verdict => format!("{}{seen}", verdict.name()),
    }
}

/// Whether every cell is what the documentation says.
pub(crate) fn as_documented(table: &StoryTable) -> bool {
    let mut lines = DOCUMENTED.lines().map(cells);
    let Some(head) = lines.next() else { return false };
    let rows: Vec<Vec<&str>> = lines.collect();
    table.rows.iter().all(|row| {
        let Some(documented) = rows.iter().find(|cells| cells.first() == Some(&row.attack.name.as_str()))
        else {
            return false;
        };
        table.cures.iter().zip(&row.cells).all(|(cure, cell)| {
            let column = head.iter().position(|name| *name == cure.name);
            column.and_then(|column| documented.get(column)).is_some_and(|text| *text == words(cell))
        })
    })
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}
