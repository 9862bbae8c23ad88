//! The forms of values: lengths of time, times of the day, ranges.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use midwatch_model::{AddressRange, PortRange};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// Reads a value from its text, and says of anything else what is wanted.
struct FromText<T>(std::marker::PhantomData<T>, &'static str);

impl<T: FromStr<Err = String>> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// Gives a type that is read from its text its forms in a file and in the schema.
macro_rules! from_text {
    ($type:ty, $name:literal, $pattern:expr, $wanted:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(FromText(std::marker::PhantomData, $wanted))
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

/// A length of time between `MIN` and `MAX` seconds, written as `15m`, `6h`, `7d` or `1h30m`, or in words as `400 days` or
/// `1 hour 30 minutes`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Length<const MIN: u64, const MAX: u64>(u64);

/// Units of a length, the longest first, with their words.
const UNITS: [(char, &str, u64); 5] = [
    ('w', "week", 604_800),
    ('d', "day", 86_400),
    ('h', "hour", 3600),
    ('m', "minute", 60),
    ('s', "second", 1),
];

/// The units that lengths are shown in: nobody reads 400 days out of 57 weeks and a day.
fn shown() -> impl Iterator<Item = (char, &'static str, u64)> {
    UNITS.into_iter().skip(1)
}

/// A length in words, in letters; nothing where it is in no words.
fn from_words(text: &str) -> Option<String> {
    let mut words = text.split(' ');
    let mut letters = String::new();
    while let Some(count) = words.next() {
        let word = words.next()?;
        let word = word.strip_suffix('s').unwrap_or(word);
        let (letter, ..) = UNITS.into_iter().find(|(_, name, _)| *name == word)?;
        letters.push_str(count);
        letters.push(letter);
    }
    Some(letters)
}

impl<const MIN: u64, const MAX: u64> Length<MIN, MAX> {
    /// A length of so many seconds, taken into its bounds.
    pub const fn of(seconds: u64) -> Self {
        let seconds = if seconds < MIN { MIN } else { seconds };
        Length(if seconds > MAX { MAX } else { seconds })
    }

    /// In seconds.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// As a duration.
    pub const fn get(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// In words, as the file takes them too: `400 days`, `1 hour 30 minutes`.
    pub fn in_words(self) -> String {
        let (mut left, mut parts) = (self.0, Vec::new());
        for (_, name, factor) in shown() {
            let count = left / factor;
            left %= factor;
            match count {
                0 => {}
                1 => parts.push(format!("1 {name}")),
                _ => parts.push(format!("{count} {name}s")),
            }
        }
        if parts.is_empty() { "0 seconds".into() } else { parts.join(" ") }
    }
}

impl<const MIN: u64, const MAX: u64> FromStr for Length<MIN, MAX> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            format!(
                "'{text}' is no length of time; write a number and its unit (s, m, h, d, w), for example 90s, 15m or 1h30m"
            )
        };
        let letters = from_words(text).unwrap_or_else(|| text.to_owned());
        let (mut seconds, mut digits, mut units) = (0_u64, String::new(), UNITS.into_iter());
        for character in letters.chars() {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            // Each unit once, the longer before the shorter.
            let (_, _, factor) = units.find(|(unit, ..)| *unit == character).ok_or_else(form)?;
            let count: u64 = digits.parse().map_err(|_| form())?;
            let more = count.checked_mul(factor).ok_or_else(form)?;
            seconds = seconds.checked_add(more).ok_or_else(form)?;
            digits.clear();
        }
        if letters.is_empty() || !digits.is_empty() {
            return Err(form());
        }
        if !(MIN..=MAX).contains(&seconds) {
            return Err(format!(
                "'{text}' is not between {} and {}",
                Length::<0, MAX>(MIN),
                Length::<0, MAX>(MAX)
            ));
        }
        Ok(Length(seconds))
    }
}

impl<const MIN: u64, const MAX: u64> fmt::Display for Length<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut left = self.0;
        for (unit, _, factor) in shown() {
            if left >= factor {
                write!(f, "{}{unit}", left / factor)?;
                left %= factor;
            }
        }
        Ok(())
    }
}

impl<const MIN: u64, const MAX: u64> fmt::Debug for Length<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

const LENGTH: &str = "^(?=.)(([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?|[0-9]+ (week|day|hour|minute|second)s?( [0-9]+ (week|day|hour|minute|second)s?)*)$";

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for Length<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(FromText(std::marker::PhantomData, "a length of time such as \"15m\" or \"6h\""))
    }
}

impl<const MIN: u64, const MAX: u64> JsonSchema for Length<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Length".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": LENGTH })
    }
}

/// A time of the day, `07:30`, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// Minutes since midnight, below 1440.
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("'{text}' is no time of the day; write for example 07:30");
        let (hours, minutes) = text.split_once(':').ok_or_else(form)?;
        let number = |digits: &str, most: u16| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain
                .then(|| digits.parse::<u16>().ok())
                .flatten()
                .filter(|number| *number <= most)
                .ok_or_else(form)
        };
        Ok(TimeOfDay(number(hours, 23)? * 60 + number(minutes, 59)?))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

from_text!(TimeOfDay, "TimeOfDay", "^([01][0-9]|2[0-3]):[0-5][0-9]$", "a time of the day such as \"07:30\"");

/// Hours of every day, or of some days of the week: `22:00-07:00`, `sat,sun 00:00-00:00`. Where the end is not behind the
/// beginning, it is of the next day; the same time twice is a whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hours {
    /// The days on which they begin, a bit each, Monday the lowest.
    pub(crate) days: u8,
    /// When they begin.
    pub(crate) from: TimeOfDay,
    /// When they end.
    pub(crate) to: TimeOfDay,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("'{text}' are no hours; write for example 22:00-07:00 or sat,sun 00:00-00:00");
        let (days, hours) = match text.trim().rsplit_once(' ') {
            None => (0b111_1111, text.trim()),
            Some((names, hours)) => {
                let bit = |name: &str| {
                    let name = name.trim().to_ascii_lowercase();
                    DAYS.iter().position(|day| *day == name).map(|at| 1_u8 << at).ok_or_else(form)
                };
                (names.split(',').map(bit).try_fold(0, |all, day| day.map(|day| all | day))?, hours)
            }
        };
        let (from, to) = hours.split_once('-').ok_or_else(form)?;
        let time = |text: &str| text.parse::<TimeOfDay>().map_err(|_| form());
        Ok(Hours { days, from: time(from)?, to: time(to)? })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != 0b111_1111 {
            let named: Vec<&str> = DAYS
                .iter()
                .enumerate()
                .filter(|(at, _)| self.days & 1 << at != 0)
                .map(|(_, day)| *day)
                .collect();
            write!(f, "{} ", named.join(","))?;
        }
        write!(f, "{}-{}", self.from, self.to)
    }
}

from_text!(
    Hours,
    "Hours",
    "^((mon|tue|wed|thu|fri|sat|sun)(,(mon|tue|wed|thu|fri|sat|sun))* )?([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
    "hours such as \"22:00-07:00\""
);

/// A range of addresses, `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range(pub AddressRange);

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Range)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

from_text!(Range, "Range", "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$", "a range of addresses such as \"10.0.0.0/8\"");

/// A range of ports, `443` or `8000-8999`, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ports(pub PortRange);

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Ports)
    }
}

from_text!(Ports, "Ports", "^[0-9]{1,5}(-[0-9]{1,5})?$", "ports such as \"443\" or \"8000-8999\"");

/// A time zone: a name of the IANA data base of this computer, `UTC`, or an offset, `+02:00`.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone(pub jiff::tz::TimeZone);

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(offset) = offset(text) {
            return Ok(Zone(jiff::tz::TimeZone::fixed(offset)));
        }
        if text == "UTC" || text == "Z" {
            return Ok(Zone(jiff::tz::TimeZone::UTC));
        }
        jiff::tz::TimeZone::get(text).map(Zone).map_err(|_| {
            format!(
                "this computer knows no time zone '{text}'; write a name such as Europe/Berlin (package tzdata), UTC, or an \
                 offset such as +02:00"
            )
        })
    }
}

/// `+02:00`, `-0930`.
fn offset(text: &str) -> Option<jiff::tz::Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = rest.chars().filter(|character| *character != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) || rest.len() > 5 {
        return None;
    }
    let (hours, minutes) = digits.split_at(2);
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

from_text!(
    Zone,
    "Zone",
    "^[A-Za-z0-9+:/_-]{1,64}$",
    "a time zone such as \"UTC\", \"+02:00\" or \"Europe/Berlin\""
);

#[cfg(test)]
mod tests {
    use super::*;

    type Any = Length<1, 31_536_000>;

    #[test]
    fn lengths_of_time() {
        for (text, seconds) in
            [("90s", 90), ("15m", 900), ("6h", 21_600), ("7d", 604_800), ("1h30m", 5400), ("2w", 1_209_600)]
        {
            assert_eq!(text.parse::<Any>().map(Any::seconds), Ok(seconds), "{text}");
        }
        assert_eq!("90s".parse::<Any>().unwrap().to_string(), "1m30s");
        assert_eq!(Length::<1, { u64::MAX }>::of(400 * 86_400).to_string(), "400d");
        for wrong in ["", "6", "h", "6 h", "30m1h", "1h1h", "-1h", "1.5h", "99999999999999999999s", "6H"] {
            assert!(wrong.parse::<Any>().unwrap_err().contains("15m"), "{wrong}");
        }
        for (text, seconds) in [
            ("400 days", 34_560_000),
            ("1 hour 30 minutes", 5400),
            ("2 weeks", 1_209_600),
            ("1 day", 86_400),
            ("1 days", 86_400),
        ] {
            assert_eq!(text.parse::<Length<1, { u64::MAX }>>().map(Length::seconds), Ok(seconds), "{text}");
        }
        for wrong in [
            "days",
            "6",
            "6  hours",
            " 6 hours",
            "6 hours ",
            "6 hrs",
            "6 hours 2",
            "1 minute 1 hour",
            "-1 days",
            "6 hourss",
        ] {
            assert!(wrong.parse::<Any>().unwrap_err().contains("15m"), "{wrong}");
        }
        let error = "30s".parse::<Length<60, 3600>>().unwrap_err();
        assert_eq!(error, "'30s' is not between 1m and 1h");
    }

    proptest::proptest! {
        /// What is shown of a length is a length for the file, and the same one.
        #[test]
        fn what_is_shown_can_be_written(seconds in 1_u64..5_000_000_000) {
            type Wide = Length<1, 5_000_000_000>;
            let length = Wide::of(seconds);
            proptest::prop_assert_eq!(length.to_string().parse::<Wide>(), Ok(length));
            proptest::prop_assert_eq!(length.in_words().parse::<Wide>(), Ok(length));
        }
    }

    #[test]
    fn lengths_in_words() {
        let words = |seconds| Length::<1, { u64::MAX }>::of(seconds).in_words();
        assert_eq!(words(400 * 86_400), "400 days");
        assert_eq!(words(86_400), "1 day");
        assert_eq!(words(5_400), "1 hour 30 minutes");
        assert_eq!(words(61), "1 minute 1 second");
        assert_eq!(Length::<0, 1>::of(0).in_words(), "0 seconds");
    }

    #[test]
    fn hours_and_times_of_the_day() {
        for text in ["22:00-07:00", "sat,sun 00:00-00:00", "mon 09:00-17:30"] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "22-7",
            "22:00",
            "24:00-07:00",
            "someday 22:00-07:00",
            "22:00-07:00-08:00",
            "7:00-8:00",
            "é:00-07:00",
        ] {
            assert!(wrong.parse::<Hours>().unwrap_err().contains("22:00-07:00"), "{wrong}");
        }
        assert_eq!("07:30".parse::<TimeOfDay>().unwrap().minutes(), 450);
    }

    #[test]
    fn zones() {
        for text in ["UTC", "+02:00", "-0930", "Z"] {
            assert!(text.parse::<Zone>().is_ok(), "{text}");
        }
        for wrong in ["", "Mars/Olympus", "+2", "+99:00", "é", "+0000000", "../../etc/passwd"] {
            assert!(wrong.parse::<Zone>().is_err(), "{wrong}");
        }
    }
}
