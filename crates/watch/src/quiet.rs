//! Quiet hours and the time of the digest, in the zone where people live. Pure: the moment is given.
//!
//! Where clocks are put forward, a time that there is not counts as the one an hour later; where they are put back, a time
//! that there is twice counts as the first of them. So each day has each beginning, each end and each digest once.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use midwatch_model::Time;

use crate::config::values::{Hours, TimeOfDay};

/// The furthest that [`Quiet::until`] looks: hours that cover all days have no end, and a week is as good.
const FURTHEST: SignedDuration = SignedDuration::from_hours(8 * 24);

/// Hours in which nobody is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiet {
    hours: Vec<Hours>,
    zone: TimeZone,
}

impl Quiet {
    /// These hours in this zone.
    pub fn new(hours: Vec<Hours>, zone: TimeZone) -> Self {
        Quiet { hours, zone }
    }

    /// When it is no longer quiet, where it is at `now`. Hours that touch or overlap count as one; where they never end, a
    /// little more than a week.
    pub fn until(&self, now: Time) -> Option<Time> {
        let mut at = now;
        while let Some(end) = self.hours.iter().filter_map(|hours| self.end(hours, at)).max() {
            // Each end is later than the one before, and there are a few a day.
            at = end;
            if at.duration_since(now) > FURTHEST {
                break;
            }
        }
        (at > now).then_some(at)
    }

    /// The end of these hours, where `at` lies in them.
    fn end(&self, hours: &Hours, at: Time) -> Option<Time> {
        let today = self.zone.to_datetime(at).date();
        // Hours of yesterday may go on into today.
        [today.yesterday().ok(), Some(today)]
            .into_iter()
            .flatten()
            .filter_map(|date| {
                let day = 1_u8.checked_shl(u32::try_from(date.weekday().to_monday_zero_offset()).ok()?)?;
                if hours.days & day == 0 {
                    return None;
                }
                let last = if hours.to > hours.from { date } else { date.tomorrow().ok()? };
                let (from, to) = (moment(&self.zone, date, hours.from)?, moment(&self.zone, last, hours.to)?);
                (from <= at && at < to).then_some(to)
            })
            .max()
    }
}

/// The next moment after `now` at which the digest is due.
pub fn next_digest(now: Time, at: TimeOfDay, zone: &TimeZone) -> Option<Time> {
    let today = zone.to_datetime(now).date();
    (-1_i32..=2)
        .filter_map(|days| today.checked_add(days.days()).ok())
        .filter_map(|date| moment(zone, date, at))
        .find(|due| *due > now)
}

/// A time of a day as a moment.
fn moment(zone: &TimeZone, date: Date, at: TimeOfDay) -> Option<Time> {
    let (hour, minute) = (i8::try_from(at.minutes() / 60).ok()?, i8::try_from(at.minutes() % 60).ok()?);
    let civil = DateTime::new(date.year(), date.month(), date.day(), hour, minute, 0, 0).ok()?;
    zone.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quiet(hours: &[&str], zone: &str) -> Quiet {
        let zone: crate::config::values::Zone = zone.parse().unwrap();
        Quiet::new(hours.iter().map(|text| text.parse().unwrap()).collect(), zone.0)
    }

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_ends_in_the_morning() {
        let night = quiet(&["22:00-07:00"], "UTC");
        assert_eq!(night.until(at("2026-03-01T21:59:59Z")), None);
        assert_eq!(night.until(at("2026-03-01T22:00:00Z")), Some(at("2026-03-02T07:00:00Z")));
        assert_eq!(night.until(at("2026-03-02T06:59:59Z")), Some(at("2026-03-02T07:00:00Z")));
        assert_eq!(night.until(at("2026-03-02T07:00:00Z")), None);
        assert_eq!(quiet(&[], "UTC").until(at("2026-03-02T07:00:00Z")), None);
    }

    #[test]
    fn days_and_hours_that_touch() {
        // 2026-03-07 is a Saturday.
        let weekend = quiet(&["sat,sun 00:00-00:00", "22:00-07:00"], "UTC");
        assert_eq!(weekend.until(at("2026-03-06T23:00:00Z")), Some(at("2026-03-09T07:00:00Z")));
        assert_eq!(weekend.until(at("2026-03-07T12:00:00Z")), Some(at("2026-03-09T07:00:00Z")));
        assert_eq!(weekend.until(at("2026-03-09T12:00:00Z")), None);
        let monday = quiet(&["mon 22:00-07:00"], "UTC");
        assert_eq!(monday.until(at("2026-03-10T01:00:00Z")), Some(at("2026-03-10T07:00:00Z")));
        assert_eq!(monday.until(at("2026-03-09T01:00:00Z")), None);
    }

    #[test]
    fn hours_that_never_end_end_after_a_week() {
        let always = quiet(&["00:00-00:00"], "UTC");
        let now = at("2026-03-01T12:00:00Z");
        let until = always.until(now).unwrap();
        assert!(
            until.duration_since(now) > FURTHEST && until.duration_since(now).as_hours() <= 9 * 24,
            "{until}"
        );
    }

    #[test]
    fn clocks_that_are_put_forward_and_back() {
        // Berlin: 2026-03-29 from 02:00 to 03:00, 2026-10-25 from 03:00 to 02:00.
        let night = quiet(&["22:00-07:00"], "Europe/Berlin");
        assert_eq!(
            night.until(at("2026-03-28T21:00:00Z")),
            Some(at("2026-03-29T05:00:00Z")),
            "a night of eight hours"
        );
        assert_eq!(night.until(at("2026-10-24T20:00:00Z")), Some(at("2026-10-25T06:00:00Z")), "one of ten");
        let lost = quiet(&["02:00-03:00"], "Europe/Berlin");
        assert_eq!(lost.until(at("2026-03-29T01:00:00Z")), None, "an hour that there is not");
        assert_eq!(lost.until(at("2026-03-30T00:30:00Z")), Some(at("2026-03-30T01:00:00Z")));
        let zone: crate::config::values::Zone = "Europe/Berlin".parse().unwrap();
        let half = "02:30".parse().unwrap();
        let digests = |from: &str| {
            let first = next_digest(at(from), half, &zone.0).unwrap();
            [first, next_digest(first, half, &zone.0).unwrap()].map(|time| time.to_string())
        };
        assert_eq!(digests("2026-03-28T12:00:00Z"), ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
        assert_eq!(
            digests("2026-10-24T12:00:00Z"),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
            "once, not twice"
        );
    }

    proptest! {
        /// The end is later, it is not quiet there, and it is quiet all the time until then.
        #[test]
        fn the_end_is_the_end(minutes in 0_i64..1_000_000, from in 0_u16..1440, to in 0_u16..1440, day in 0_usize..7, berlin: bool) {
            let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let hours = format!("{} {}-{}", days[day], text(from), text(to));
            let quiet = quiet(&[&hours], if berlin { "Europe/Berlin" } else { "UTC" });
            let now = at("2026-01-01T00:00:00Z") + SignedDuration::from_mins(minutes);
            if let Some(until) = quiet.until(now) {
                prop_assert!(until > now && until.duration_since(now).as_hours() <= 25);
                prop_assert_eq!(quiet.until(until), None);
                let half = now + SignedDuration::from_secs(until.duration_since(now).as_secs() / 2);
                prop_assert_eq!(quiet.until(half), Some(until));
            }
        }

        /// Digests come once a local day.
        #[test]
        fn digests_come_daily(minutes in 0_i64..1_000_000, time in 0_u16..1440) {
            let zone: crate::config::values::Zone = "Europe/Berlin".parse().unwrap();
            let time: TimeOfDay = format!("{:02}:{:02}", time / 60, time % 60).parse().unwrap();
            let now = at("2026-01-01T00:00:00Z") + SignedDuration::from_mins(minutes);
            let next = next_digest(now, time, &zone.0).unwrap();
            let after = next_digest(next, time, &zone.0).unwrap();
            prop_assert!(next > now && next.duration_since(now).as_hours() <= 26);
            prop_assert!((22..=26).contains(&after.duration_since(next).as_hours()));
        }
    }
}
