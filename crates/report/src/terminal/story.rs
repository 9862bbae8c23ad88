//! The story, scene by scene: a small sequence diagram for each step, and what each of the three sees.

use midwatch_model::{
    Person, Story, StoryArrow, StoryChapter, StoryResult, StoryStep, StoryTable, StoryVerdict, StoryWay,
};

use super::TerminalOptions;
use super::layout::{Out, Paint, cut, pad, width, wrap};
use crate::clean;
use crate::story::{initials, mark, sign};

/// Columns before a step's own text.
const INDENT: usize = 5;
/// The most columns between two lifelines.
const LANE: usize = 30;
/// Columns from which the table names its columns in words.
const WORDS: usize = 76;
/// Columns of a cell, with the space behind it where columns have numbers for names.
const CELL: usize = 4;

/// The story as text for a terminal, in the parts between which a reader may want to rest. Each ends with a line feed.
///
/// No line is wider than `options.width`, of which 40 to 110 columns are used. Whether something is forged, or said on the
/// telephone, can be told without colour.
pub fn story(story: &Story, options: &TerminalOptions) -> Vec<String> {
    let page = Page { width: options.width.clamp(40, 110), paint: Paint { on: options.colour } };
    let mut parts = vec![page.part(intro)];
    for (at, chapter) in story.chapters.iter().enumerate() {
        page.chapter(&mut parts, at + 1, chapter);
    }
    parts.push(page.part(|out| table(out, &story.table)));
    parts
}

struct Page {
    width: usize,
    paint: Paint,
}

impl Page {
    fn part(&self, write: impl FnOnce(&mut Out)) -> String {
        let mut out = Out::new(self.width, self.paint);
        write(&mut out);
        out.finish()
    }

    fn chapter(&self, parts: &mut Vec<String>, number: usize, chapter: &StoryChapter) {
        let heading = |out: &mut Out| {
            out.blank();
            out.rule(&clean::line(&format!("{number}. {}", chapter.title)));
            out.blank();
            out.text(2, 0, &chapter.what);
        };
        let mut before = self.part(heading);
        for play in &chapter.plays {
            let mut steps = 0;
            for (at, scene) in play.scenes.iter().enumerate() {
                let text = self.part(|out| {
                    out.blank();
                    if at == 0 {
                        let title = cut(&clean::line(&play.title), out.width().saturating_sub(4));
                        let line = out.paint().bold(&title);
                        out.raw(&format!("  {line}"));
                        out.blank();
                    }
                    let line = out.paint().dim(&format!("{}:", clean::line(&scene.title)));
                    out.raw(&format!("  {line}"));
                    for one in &scene.steps {
                        steps += 1;
                        step(out, steps, one);
                    }
                    if at + 1 == play.scenes.len() {
                        out.blank();
                        result(out, &play.result);
                    }
                });
                parts.push(std::mem::take(&mut before) + &text);
            }
        }
        parts.push(before + &self.part(|out| fails(out, chapter)));
    }
}

fn intro(out: &mut Out) {
    out.rule("The story");
    out.blank();
    out.text(
        2,
        0,
        "Elizabeth writes to David. Jessica is in between: all that goes over the network goes through her. Three tasks on \
         this computer play it, with real keys and real letters; what each of them sees is what that task saw.",
    );
    out.blank();
    let lines = [
        ("──▶", "over the network"),
        ("┄┄▶", "on the telephone"),
        ("══▶", "Jessica's own, in another's place"),
    ];
    for (arrow, what) in lines {
        let arrow = if arrow.starts_with('═') {
            out.paint().verdict(midwatch_model::Verdict::Exposed, arrow)
        } else {
            arrow.to_owned()
        };
        out.raw(&format!("  {arrow}  {what}"));
    }
}

/// A step: what is done, the arrows, and what each sees.
fn step(out: &mut Out, number: usize, step: &StoryStep) {
    out.blank();
    let label = format!("{number:>2}");
    out.labelled(2, &label, INDENT - 2, &step.what, |paint, line| paint.bold(line));
    arrows(out, &step.arrows);
    for who in Person::ALL {
        let seen = step.seen(who);
        let (text, style): (&str, fn(Paint, &str) -> String) =
            if seen.is_empty() { ("nothing", Paint::dim) } else { (seen, |_, line| line.to_owned()) };
        out.labelled(INDENT, who.name(), 11, text, style);
    }
}

/// The sequence diagram: three lifelines, and an arrow in each line.
fn arrows(out: &mut Out, arrows: &[StoryArrow]) {
    if arrows.is_empty() {
        return;
    }
    let lane = LANE.min(out.width().saturating_sub(INDENT + 6) / 2);
    let paint = out.paint();
    let names = Person::ALL
        .map(|who| if who == Person::David { who.name().to_owned() } else { pad(who.name(), lane) });
    out.raw(&format!("{}{}", " ".repeat(INDENT), paint.dim(&names.concat())));
    for arrow in arrows {
        let line = one_arrow(paint, lane, arrow);
        out.raw(&format!("{}{line}", " ".repeat(INDENT)));
    }
}

fn one_arrow(paint: Paint, lane: usize, arrow: &StoryArrow) -> String {
    let place = |who| Person::ALL.iter().position(|person| *person == who).unwrap_or_default();
    let (from, to) = (place(arrow.from), place(arrow.to));
    let (left, right) = (from.min(to), from.max(to));
    // Between the two lifelines, without the ends.
    let room = (right - left) * lane - 1;
    let line = match (arrow.forged, arrow.over) {
        (true, _) => '═',
        (false, StoryWay::Network) => '─',
        (false, StoryWay::Telephone) => '┄',
    };
    let label = cut(&clean::line(&arrow.label), room.saturating_sub(4));
    let fill = room.saturating_sub(width(&label) + 3);
    let (before, after) = (fill / 2, fill - fill / 2);
    let dash = |count: usize| String::from(line).repeat(count);
    let shaft = if from < to {
        format!("{} {label} {}▶", dash(before), dash(after))
    } else {
        format!("◀{} {label} {}", dash(before), dash(after))
    };
    let shaft = if arrow.forged { paint.verdict(midwatch_model::Verdict::Exposed, &shaft) } else { shaft };
    let bar = paint.dim("│");
    let mut text = String::new();
    for at in 0..Person::ALL.len() {
        text.push_str(&bar);
        if at == left {
            text.push_str(&shaft);
        } else if (at < left || at >= right) && at + 1 < Person::ALL.len() {
            text.push_str(&" ".repeat(lane - 1));
        }
        // A call goes past her.
        if at == left && right - left == 2 {
            text.push_str(&bar);
            break;
        }
    }
    text
}

fn result(out: &mut Out, result: &StoryResult) {
    let head = format!("{} {}", sign(result.verdict), result.verdict.name());
    let indent = 2;
    let lead = width(&head) + 2;
    let room = out.width().saturating_sub(indent + lead);
    for (at, line) in wrap(&clean::line(&result.sentence), room, room).iter().enumerate() {
        let start = if at == 0 {
            pad(&out.paint().verdict(mark(result.verdict), &head), 0)
        } else {
            " ".repeat(lead)
        };
        let gap = if at == 0 { "  " } else { "" };
        out.raw(&format!("{}{start}{gap}{line}", " ".repeat(indent)));
    }
}

fn fails(out: &mut Out, chapter: &StoryChapter) {
    out.blank();
    out.raw(&format!("  {}", out.paint().bold("Where it still fails")));
    out.text(2, 0, &chapter.fails);
}

/// Attacks by cures.
fn table(out: &mut Out, table: &StoryTable) {
    out.blank();
    out.rule("Attack by defence");
    out.blank();
    let named = out.width() >= WORDS;
    let heads: Vec<String> = table
        .cures
        .iter()
        .enumerate()
        .map(|(at, cure)| if named { clean::line(&cure.name) } else { (at + 1).to_string() })
        .collect();
    let wide = |head: &String| if named { width(head).max(CELL) + 1 } else { CELL };
    let columns: Vec<usize> = heads.iter().map(wide).collect();
    let first = out.width().saturating_sub(2 + columns.iter().sum::<usize>()).clamp(12, 44);
    let paint = out.paint();
    let mut line = format!("  {}", pad("Jessica …", first));
    heads.iter().zip(&columns).for_each(|(head, wide)| line.push_str(&pad(head, *wide)));
    out.raw(&paint.dim(&line));
    for row in &table.rows {
        let name = wrap(&clean::line(&row.attack.name), first - 2, first - 2);
        for (at, part) in name.iter().enumerate() {
            let mut line = format!("  {}", pad(part, first));
            if at == 0 {
                for (cell, wide) in row.cells.iter().zip(&columns) {
                    let space = if named { " " } else { "" };
                    let text = format!("{}{space}{}", sign(cell.verdict), initials(cell));
                    line.push_str(&paint.verdict(mark(cell.verdict), &pad(text.trim_end(), *wide)));
                }
            }
            out.raw(&line);
        }
    }
    out.blank();
    if !named {
        let names: Vec<String> =
            table.cures.iter().enumerate().map(|(at, cure)| format!("{} {}", at + 1, cure.name)).collect();
        out.text(2, 0, &format!("Columns: {}.", names.join(", ")));
    }
    let kinds = [
        (StoryVerdict::Stopped, "stopped"),
        (StoryVerdict::NotStopped, "not stopped"),
        (StoryVerdict::FalseAlarm, "a false alarm"),
        (StoryVerdict::DoesNotApply, "does not apply"),
    ];
    let kinds: Vec<String> =
        kinds.iter().map(|(verdict, name)| format!("{} {name}", sign(*verdict))).collect();
    out.text(2, 0, &format!("{}. E, D: Elizabeth, David sees that something is wrong.", kinds.join(", ")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn at(width: usize, colour: bool) -> String {
        story(&sample::story(), &TerminalOptions { width, colour, verbose: false }).concat()
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [40, 50, 60, 75, 76, 80, 100, 120] {
            for line in at(width, false).lines() {
                let columns = super::width(line);
                assert!(columns <= width.clamp(40, 110), "{columns} of {width}: {line}");
            }
        }
    }

    #[test]
    fn all_that_is_seen_is_shown() {
        let told = sample::story();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for width in [110] {
            let text = words(&at(width, false));
            for play in told.chapters.iter().flat_map(|chapter| &chapter.plays) {
                assert!(text.contains(&play.title), "{}", play.title);
                for step in play.scenes.iter().flat_map(|scene| &scene.steps) {
                    for who in Person::ALL {
                        let first: Vec<&str> = step.seen(who).split_whitespace().take(6).collect();
                        assert!(text.contains(&first.join(" ")), "{first:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let mut plain = at(80, true);
        while let Some(start) = plain.find('\x1b') {
            let end = plain[start..].find('m').expect("the end of an escape") + start;
            plain.replace_range(start..=end, "");
        }
        assert_eq!(plain, at(80, false));
        assert!(!at(80, false).chars().any(|c| c != '\n' && clean::is_hidden(c)));
    }

    #[test]
    fn what_is_hostile_stays_text() {
        let mut told = sample::story();
        told.chapters[0].title = "\u{1b}[2J".into();
        for step in &mut told.chapters[0].plays[0].scenes[0].steps {
            step.jessica = "\u{202e}\u{1b}[31m<script>".into();
            step.arrows
                .iter_mut()
                .for_each(|arrow| arrow.label = "\u{1b}]0;x\u{7}東京東京東京東京東京".into());
        }
        let text = story(&told, &TerminalOptions { width: 50, colour: false, verbose: false }).concat();
        assert!(!text.chars().any(|c| c != '\n' && clean::is_hidden(c)));
        assert!(text.lines().all(|line| super::width(line) <= 50));
    }

    #[test]
    fn snapshot() {
        insta::assert_snapshot!(at(80, false));
    }

    #[test]
    fn snapshot_narrow() {
        insta::assert_snapshot!(at(50, false));
    }
}
