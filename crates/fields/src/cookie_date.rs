//! The dates of `Expires`, read as browsers read them (RFC 6265bis, 5.1.1).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use midwatch_model::Time;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a `cookie-date`: day, month, year and time in any order, with anything between. `None` where the
/// algorithm fails, and the attribute is then ignored.
pub fn parse(text: &str) -> Option<Time> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.as_bytes().split(|&byte| is_delimiter(byte)).filter(|token| !token.is_empty()) {
        if time.is_none() {
            time = hms(token);
            if time.is_some() {
                continue;
            }
        }
        if day.is_none() {
            day = number(token, 1, 2);
            if day.is_some() {
                continue;
            }
        }
        if month.is_none() {
            month = month_of(token);
            if month.is_some() {
                continue;
            }
        }
        if year.is_none() {
            year = number(token, 2, 4);
        }
    }
    let ((hour, minute, second), day, month, mut year) = (time?, day?, month?, year?);
    match year {
        70..=99 => year += 1900,
        0..=69 => year += 2000,
        _ => {}
    }
    if !(1..=31).contains(&day) || year < 1601 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let small = |number: i16| i8::try_from(number).ok();
    // A day that the month does not have (30 February) fails here.
    let civil =
        DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0);
    Some(civil.ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, 0x09 | 0x20..=0x2f | 0x3b..=0x40 | 0x5b..=0x60 | 0x7b..=0x7e)
}

/// `min` to `max` digits at the start, and then the end or no digit.
fn number(token: &[u8], min: usize, max: usize) -> Option<i16> {
    let digits = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(min..=max).contains(&digits) {
        return None;
    }
    std::str::from_utf8(token.get(..digits)?).ok()?.parse().ok()
}

fn hms(token: &[u8]) -> Option<(i16, i16, i16)> {
    let mut fields = token.splitn(3, |&byte| byte == b':');
    let whole = |field: &[u8]| field.iter().all(u8::is_ascii_digit).then(|| number(field, 1, 2)).flatten();
    Some((whole(fields.next()?)?, whole(fields.next()?)?, number(fields.next()?, 1, 2)?))
}

fn month_of(token: &[u8]) -> Option<i16> {
    let start = token.get(..3)?;
    let at = MONTHS.iter().position(|month| start.eq_ignore_ascii_case(month.as_bytes()))?;
    i16::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utc(text: &str) -> Option<Time> {
        Some(text.parse().expect("a test's own time"))
    }

    #[test]
    fn the_usual_spellings_are_read() {
        for text in [
            "Wed, 09 Jun 2021 10:18:14 GMT",
            "Wednesday, 09-Jun-21 10:18:14 GMT",
            "Wed Jun  9 10:18:14 2021",
            "9 June 2021 10:18:14",
            "10:18:14xyz 2021 JUNI 9",
            "10:18:14 9 jun 21",
        ] {
            let read = parse(text);
            // "2021" is no day of month, so that the order day, month, year holds whatever the spelling.
            assert_eq!(read, utc("2021-06-09T10:18:14Z"), "{text}");
        }
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), utc("1970-01-01T00:00:00Z"));
        assert_eq!(parse("1 jan 69 0:0:0"), utc("2069-01-01T00:00:00Z"));
        assert_eq!(parse("1 jan 70 0:0:0"), utc("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn what_is_no_date_fails() {
        for text in [
            "",
            "0",
            "tomorrow",
            "Wed, 30 Feb 2021 10:18:14 GMT",
            "Wed, 09 Jun 2021",
            "Wed, 09 Jun 1600 10:18:14",
            "09 Jun 2021 24:00:00",
            "09 Jun 2021 10:60:00",
            "00 Jun 2021 10:00:00",
            "09 Jun 12345 10:00:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".*") {
            let _ = parse(&text);
        }

        #[test]
        fn every_second_reads_back(seconds in -11_644_473_600_i64..253_402_207_200) {
            let time = Time::from_second(seconds).expect("in range");
            let text = time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            prop_assert_eq!(parse(&text), Some(time));
        }
    }
}
