//! The story as one self-contained HTML file: a sequence diagram for each play, and the table.
//!
//! A diagram is a list of steps. Each has its arrows as an inline SVG, and beside it in words what is done and what each of the
//! three sees, so that it can be read without the picture.

use std::fmt::Write;

use midwatch_model::{
    Person, Story, StoryArrow, StoryChapter, StoryPlay, StoryResult, StoryScene, StoryStep, StoryVerdict,
    StoryWay,
};

use super::escape::{Esc, id};
use super::{head, icons};
use crate::story::{capital, mark};

const STYLE: &str = concat!(include_str!("style.css"), include_str!("story.css"));

/// Units of the drawing: its width, where the lifelines are, and what an arrow takes from top to bottom.
const WIDTH: usize = 360;
const LIVES: [usize; 3] = [60, 180, 300];
const ROW: usize = 32;

/// The story as one HTML document.
///
/// Nothing is loaded, and a Content-Security-Policy in the document allows its own style sheet (by its SHA-256) and nothing
/// else. It follows the reader's light or dark setting, and fits from 360 pixels up.
pub fn story_html(story: &Story) -> String {
    let mut out = String::new();
    head(&mut out, STYLE, &story.midwatch, "The story: Elizabeth, David, and Jessica in between – midwatch");
    out.push_str("<body>\n<a class=\"skip\" href=\"#story\">Skip to the story</a>\n");
    out.push_str(icons::SYMBOLS);
    top(&mut out, story);
    out.push_str("<main id=\"story\">\n");
    for (at, one) in story.chapters.iter().enumerate() {
        chapter(&mut out, at + 1, one);
    }
    table(&mut out, story);
    out.push_str("</main>\n");
    let _ = write!(
        out,
        "<footer>\n<p>Played on one computer, by tasks that talk over its loopback interface; nobody else's messages were \
         touched. This file loads nothing and sends nothing.</p>\n<p>midwatch {}</p>\n</footer>\n</body>\n</html>\n",
        Esc(&story.midwatch),
    );
    out
}

fn top(out: &mut String, story: &Story) {
    out.push_str(
        "<header class=\"top\">\n<p class=\"brand\"><span>midwatch</span> lab</p>\n<h1>Elizabeth, David, and Jessica in \
         between</h1>\n</header>\n<p class=\"intro\">Elizabeth writes to David. All that goes over the network goes through \
         Jessica. What follows was played with real keys and real letters; what each of the three sees is what that \
         one's task saw, and what came of it is counted from what was read and what was believed.</p>\n",
    );
    out.push_str("<dl class=\"signs\" aria-label=\"What the arrows mean\">");
    for (class, what) in [
        ("wire", "over the network"),
        ("phone", "on the telephone"),
        ("wire forged", "Jessica's own, in another's place"),
    ] {
        let _ = write!(
            out,
            "<div><dt><svg class=\"{class}\" viewBox=\"0 0 52 14\" aria-hidden=\"true\"><path class=\"shaft\" \
             d=\"M1 7H43\"/><path class=\"tip\" d=\"M51 7 42 2.5v9z\"/></svg></dt><dd>{what}</dd></div>"
        );
    }
    out.push_str("</dl>\n<nav aria-label=\"Chapters\"><ol class=\"toc\">\n");
    for (at, chapter) in story.chapters.iter().enumerate() {
        let _ = writeln!(
            out,
            "<li><a href=\"#c-{}\"><b>{}</b><span>{}</span></a></li>",
            id(&chapter.cure),
            at + 1,
            Esc(&chapter.title)
        );
    }
    out.push_str("<li><a href=\"#table\"><b>✓✗</b><span>Attack by defence</span></a></li>\n</ol></nav>\n");
}

fn chapter(out: &mut String, number: usize, chapter: &StoryChapter) {
    let anchor = id(&chapter.cure);
    let _ = write!(
        out,
        "<section class=\"chapter\" id=\"c-{anchor}\" aria-labelledby=\"h-{anchor}\">\n<h2 id=\"h-{anchor}\">{number}. \
         {}</h2>\n<p>{}</p>\n",
        Esc(&chapter.title),
        Esc(&chapter.what),
    );
    for one in &chapter.plays {
        play(out, &anchor, one);
    }
    let _ = write!(
        out,
        "<p class=\"fails\"><b>Where it still fails.</b> {}</p>\n</section>\n",
        Esc(&chapter.fails)
    );
}

fn play(out: &mut String, chapter: &str, play: &StoryPlay) {
    let tone = mark(play.result.verdict);
    let _ = write!(
        out,
        "<article class=\"play {tone}\" id=\"{}\">\n<h3>{}</h3>\n<p class=\"outcome\">{}<span><b>{}.</b> {}</span></p>\n\
         <ol class=\"steps\">\n",
        play_id(chapter, &play.attack),
        Esc(&play.title),
        icons::verdict(tone),
        Esc(capital(play.result.verdict.name())),
        Esc(&play.result.sentence),
    );
    let mut number = 0;
    for one in &play.scenes {
        scene(out, one, &mut number);
    }
    out.push_str("</ol>\n</article>\n");
}

fn scene(out: &mut String, scene: &StoryScene, number: &mut usize) {
    let _ = writeln!(out, "<li class=\"scene\">{}</li>", Esc(&scene.title));
    for one in &scene.steps {
        *number += 1;
        step(out, *number, one);
    }
}

fn step(out: &mut String, number: usize, step: &StoryStep) {
    out.push_str("<li><div class=\"lanes\">");
    life(out);
    arrows(out, &step.arrows);
    let _ = write!(
        out,
        "</div><div class=\"told\"><p><span class=\"n\">{number}</span>{}</p><dl>",
        Esc(&step.what)
    );
    for who in Person::ALL {
        let class = if who == Person::Jessica { " class=\"j\"" } else { "" };
        let seen = match step.seen(who) {
            "" => "<dd class=\"none\">nothing</dd>".to_owned(),
            seen => format!("<dd>{}</dd>", Esc(seen)),
        };
        let _ = write!(out, "<div{class}><dt>{who}</dt>{seen}</div>");
    }
    out.push_str("</dl></div></li>\n");
}

/// The three lifelines, behind everything and as long as the step is.
fn life(out: &mut String) {
    let _ = write!(
        out,
        "<svg class=\"life\" viewBox=\"0 0 {WIDTH} 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    );
    for x in LIVES {
        let _ = write!(out, "<line x1=\"{x}\" y1=\"0\" x2=\"{x}\" y2=\"10\"/>");
    }
    out.push_str("</svg>");
}

/// The names, and the arrows from top to bottom.
fn arrows(out: &mut String, arrows: &[StoryArrow]) {
    let height = 30 + ROW * arrows.len();
    let _ = write!(
        out,
        "<svg class=\"arrows\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">",
        Esc(spoken(arrows))
    );
    for (who, x) in Person::ALL.into_iter().zip(LIVES) {
        let class = if who == Person::Jessica { " j" } else { "" };
        let _ = write!(
            out,
            "<rect x=\"{}\" y=\"1\" width=\"88\" height=\"24\" rx=\"5\"/><text class=\"head{class}\" x=\"{x}\" y=\"18\">{who}</text>",
            x - 44
        );
    }
    for (at, arrow) in arrows.iter().enumerate() {
        one_arrow(out, arrow, 30 + ROW * at + 24);
    }
    out.push_str("</svg>");
}

fn one_arrow(out: &mut String, arrow: &StoryArrow, y: usize) {
    let place =
        |who| Person::ALL.into_iter().zip(LIVES).find(|(person, _)| *person == who).map_or(0, |(_, x)| x);
    let (from, to) = (place(arrow.from), place(arrow.to));
    let way = match arrow.over {
        StoryWay::Network => "wire",
        StoryWay::Telephone => "phone",
    };
    let forged = if arrow.forged { " forged" } else { "" };
    // The tip ends at the lifeline, and the shaft at the tip.
    let (end, tip) = if from < to { (to - 9, -9) } else { (to + 9, 9) };
    // A label of a call that goes past Jessica's lifeline stands beside it.
    let middle = if from.abs_diff(to) > 120 { from.min(to) + 60 } else { (from + to) / 2 };
    let _ = write!(
        out,
        "<g class=\"{way}{forged}\"><text x=\"{middle}\" y=\"{}\">{}</text><path class=\"shaft\" d=\"M{from} {y}H{end}\"/>\
         <path class=\"tip\" d=\"M{to} {y}l{tip} -4.5v9z\"/></g>",
        y - 6,
        Esc(&arrow.label),
    );
}

/// The arrows in words.
fn spoken(arrows: &[StoryArrow]) -> String {
    let one = |arrow: &StoryArrow| {
        let how = match (arrow.over, arrow.forged) {
            (_, true) => ", Jessica's own",
            (StoryWay::Telephone, false) => ", by telephone",
            (StoryWay::Network, false) => "",
        };
        format!("{} to {}: {}{how}", arrow.from, arrow.to, arrow.label)
    };
    if arrows.is_empty() {
        return "Nothing is sent".to_owned();
    }
    arrows.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn table(out: &mut String, story: &Story) {
    out.push_str(
        "<section class=\"chapter\" id=\"table\" aria-labelledby=\"h-table\">\n<h2 id=\"h-table\">Attack by defence</h2>\n\
         <p>Each cell is what came of a play.</p>\n<div class=\"scroll cells\" tabindex=\"0\" role=\"region\" \
         aria-labelledby=\"h-table\"><table>\n<thead><tr><th scope=\"col\">Jessica …</th>",
    );
    for cure in &story.table.cures {
        let name = linked(
            chapter_of(story, &cure.id).map(|one| format!("c-{}", id(&one.cure))),
            &Esc(&cure.name).to_string(),
        );
        let _ = write!(out, "<th scope=\"col\">{name}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &story.table.rows {
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}<small>{}</small></th>",
            Esc(&row.attack.name),
            Esc(&row.about)
        );
        for (cure, one) in story.table.cures.iter().zip(&row.cells) {
            let shown = chapter_of(story, &cure.id)
                .filter(|chapter| chapter.plays.iter().any(|play| play.attack == row.attack.id))
                .map(|chapter| play_id(&id(&chapter.cure), &row.attack.id));
            cell(out, one, shown);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n</section>\n");
}

/// The chapter of a column.
fn chapter_of<'a>(story: &'a Story, cure: &str) -> Option<&'a StoryChapter> {
    story.chapters.iter().find(|chapter| chapter.cure == cure)
}

/// The id of a play in the document.
fn play_id(chapter: &str, attack: &str) -> String {
    format!("p-{chapter}-{}", id(attack))
}

/// Text, already HTML, as a link where it leads somewhere.
fn linked(to: Option<String>, html: &str) -> String {
    to.map_or_else(|| html.to_owned(), |to| format!("<a href=\"#{to}\">{html}</a>"))
}

fn cell(out: &mut String, result: &StoryResult, shown: Option<String>) {
    if result.verdict == StoryVerdict::DoesNotApply {
        out.push_str("<td class=\"na\">does not apply</td>");
        return;
    }
    let seen = match result.seen_by.as_slice() {
        [] => String::new(),
        [one] => format!("<small>{one} sees it</small>"),
        _ => "<small>both see it</small>".to_owned(),
    };
    let sign = crate::story::sign(result.verdict);
    let name = linked(shown, result.verdict.name());
    let _ = write!(out, "<td class=\"{}\"><b>{sign} {name}</b>{seen}</td>", mark(result.verdict));
}

#[cfg(test)]
mod tests {
    use super::super::tests::{is_well_built, links_lead_somewhere, loads_nothing};
    use super::*;
    use crate::sample;

    /// The page without its style sheet, which is no markup.
    fn page() -> String {
        markup(&sample::story())
    }

    fn markup(story: &Story) -> String {
        story_html(story).replacen(STYLE, "", 1)
    }

    #[test]
    fn nothing_is_loaded_and_links_lead_somewhere() {
        loads_nothing(&page());
        is_well_built(&page());
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        assert!(links_lead_somewhere(&page()) > 5);
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut told = sample::story();
        told.chapters[0].cure = "\"><img src=x>".into();
        told.chapters[0].title = sample::HOSTILE.into();
        told.chapters[0].plays[0].attack = "\"><img src=x>".into();
        let step = &mut told.chapters[0].plays[0].scenes[0].steps[0];
        step.jessica = sample::HOSTILE.into();
        step.arrows[0].label = sample::HOSTILE.into();
        told.table.rows[0].attack.name = sample::HOSTILE.into();
        let page = markup(&told);
        assert!(!page.contains("<img") && !page.contains("</script>"));
        assert!(!page.chars().any(|c| c != '\n' && crate::clean::is_hidden(c)));
    }

    #[test]
    fn each_arrow_is_drawn_and_said() {
        let page = page();
        let told = sample::story();
        let steps = told
            .chapters
            .iter()
            .flat_map(|one| &one.plays)
            .flat_map(|one| &one.scenes)
            .flat_map(|one| &one.steps);
        let arrows: usize = steps.clone().map(|step| step.arrows.len()).sum();
        // Three more say what the kinds of arrows mean.
        assert_eq!(page.matches("class=\"shaft\"").count(), arrows + 3);
        assert_eq!(page.matches("role=\"img\"").count(), steps.count());
        assert!(page.contains("Jessica to David: key 45f8 b129, Jessica&#39;s own"));
    }

    #[test]
    fn snapshot() {
        insta::assert_snapshot!(page());
    }
}
