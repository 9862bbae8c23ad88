//! The history of a target as a drawing: its looks, its changes, and how long each value was met.
//!
//! Everything in it is said in words beside it too, so screen readers get a name and skip the rest.

use maud::{Markup, html};
use midwatch_model::{Event, History, KeptMemo, State, Time};

use super::parts::text;
use super::remembered;
use midwatch_store::watch::LookLine;

/// Units of the drawing.
const WIDTH: i64 = 720;
const LEFT: i64 = 8;
const RIGHT: i64 = 8;
/// Height of the row of looks and changes, and of a row of values.
const TOP: i64 = 54;
const ROW: i64 = 34;
/// Subjects that are drawn, and values of one.
const SUBJECTS: usize = 12;
const VALUES: usize = 16;

/// From when to when, and how a moment becomes a place.
struct Scale {
    from: Time,
    to: Time,
}

impl Scale {
    fn new(now: Time, looks: &[LookLine], events: &[Event], memory: &[History]) -> Option<Self> {
        let firsts = memory.iter().flat_map(kept).map(|memo| memo.first);
        let moments =
            looks.iter().map(|look| look.at).chain(events.iter().map(|event| event.at)).chain(firsts);
        let from = moments.min()?;
        (from < now).then_some(Scale { from, to: now })
    }

    /// Where a moment is, between the margins.
    fn x(&self, at: Time) -> i64 {
        let whole = (self.to.as_second() - self.from.as_second()).max(1);
        let part = at.as_second().clamp(self.from.as_second(), self.to.as_second()) - self.from.as_second();
        LEFT + part.saturating_mul(WIDTH - LEFT - RIGHT) / whole
    }

    /// Five moments from the beginning to the end.
    fn ticks(&self) -> impl Iterator<Item = Time> {
        let (from, whole) = (self.from.as_second(), self.to.as_second() - self.from.as_second());
        (0..=4).filter_map(move |part| Time::from_second(from + whole * part / 4).ok())
    }

    /// A moment as short as the span allows.
    fn label(&self, at: Time) -> String {
        let format = match self.to.as_second() - self.from.as_second() {
            0..=172_800 => "%-d %b %H:%M",
            172_801..=31_536_000 => "%-d %b",
            _ => "%b %Y",
        };
        at.strftime(format).to_string()
    }
}

fn kept(history: &History) -> impl Iterator<Item = &KeptMemo> {
    std::iter::once(&history.latest).chain(&history.earlier)
}

/// The drawing; nothing where nothing has happened yet. `looks` and `events` in any order.
pub(crate) fn draw(now: Time, looks: &[LookLine], events: &[Event], memory: &[History]) -> Markup {
    let Some(scale) = Scale::new(now, looks, events, memory) else { return html! {} };
    // What changed most lately is the most telling.
    let mut subjects: Vec<&History> = memory.iter().collect();
    subjects.sort_by_key(|history| std::cmp::Reverse((history.earlier.len().min(1), history.latest.first)));
    let left_out = subjects.len().saturating_sub(SUBJECTS);
    subjects.truncate(SUBJECTS);
    let height = TOP + ROW * subjects.len() as i64 + 22;
    let name = format!(
        "From {} to {}: {} looks, {} changes; the tables below say the same",
        scale.label(scale.from),
        scale.label(scale.to),
        looks.len(),
        events.len()
    );
    html! {
        figure.timeline {
            div.scroll role="region" aria-label="Time line" tabindex="0" {
                svg role="img" aria-label=(text(&name)) viewBox={ "0 0 " (WIDTH) " " (height) } width=(WIDTH) height=(height) {
                    @for tick in scale.ticks() {
                        @let x = scale.x(tick);
                        line.grid x1=(x) x2=(x) y1="0" y2=(height - 18) {}
                        text.tick x=(x) y=(height - 5) text-anchor=(anchor(x)) { (scale.label(tick)) }
                    }
                    text.rowname x=(LEFT) y="13" { "looks" }
                    @for look in looks { (self::look(&scale, look)) }
                    @for event in events { (mark(&scale, event)) }
                    @for (at, history) in subjects.iter().enumerate() {
                        (row(&scale, history, TOP + ROW * at as i64))
                    }
                }
            }
            figcaption {
                "A stroke is a look, a broken one could not measure everything; a diamond is a change. "
                "A bar is a value: where a new one begins below an old one, something is another now."
                @if left_out > 0 { " " (left_out) " more are in the table of what is remembered." }
            }
        }
    }
}

fn anchor(x: i64) -> &'static str {
    match x {
        x if x < 60 => "start",
        x if x > WIDTH - 60 => "end",
        _ => "middle",
    }
}

fn look(scale: &Scale, look: &LookLine) -> Markup {
    let x = scale.x(look.at);
    let class = match (look.state, look.worst) {
        (State::NotMeasured, _) => "look broken".to_owned(),
        (State::Partly, Some(worst)) => format!("look broken {worst}"),
        (_, Some(worst)) => format!("look {worst}"),
        (_, None) => "look".to_owned(),
    };
    html! { line class=(class) x1=(x) x2=(x) y1="20" y2="34" {} }
}

fn mark(scale: &Scale, event: &Event) -> Markup {
    let x = scale.x(event.at);
    html! {
        path class={ "change " (event.change.severity) } d={ "M" (x) " 34l6 6-6 6-6-6z" } {
            title { (text(&event.change.title)) }
        }
    }
}

fn row(scale: &Scale, history: &History, y: i64) -> Markup {
    let label = format!("{} {}", history.latest.memo.place, remembered::kind(&history.latest.memo.what));
    let mut values: Vec<&KeptMemo> = kept(history).take(VALUES).collect();
    values.sort_by_key(|memo| memo.first);
    html! {
        text.rowname x=(LEFT) y=(y + 10) { (text(shorten(&label))) }
        @for (at, memo) in values.iter().enumerate() {
            @let x = scale.x(memo.first);
            @let is_latest = std::ptr::eq(*memo, &history.latest);
            @let end = if is_latest { scale.x(scale.to) } else { scale.x(memo.last) };
            rect class=(if is_latest { "value now" } else { "value" }) x=(x) y=(y + 14 + (at as i64 % 2) * 7)
                width=((end - x).max(3)) height="6" rx="2" {
                title { (text(remembered::lines(&memo.memo).join("; "))) }
            }
        }
    }
}

fn shorten(label: &str) -> String {
    const MOST: usize = 90;
    if label.chars().count() <= MOST {
        return label.to_owned();
    }
    let head: String = label.chars().take(MOST - 1).collect();
    format!("{head}…")
}
