//! The forms in which senders write values, each read into one.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer,
};

/// Texts of one list that are kept.
const MAX_TEXTS: usize = 100;

/// The largest number that a double tells exactly; JSON of some writers has no other numbers.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// A text. Null, nothing in it and other forms are none.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Text(Option<String>);

impl Text {
    pub(super) fn text(self) -> Option<String> {
        self.0
    }
}

/// A list of texts, or one text of several lines.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Texts(Vec<String>);

impl Texts {
    pub(super) fn texts(self) -> Vec<String> {
        self.0
    }
}

/// A number of sessions.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Count {
    #[default]
    Missing,
    Of(u64),
    Odd(String),
}

/// A list of which no more than so many entries are kept. One thing that should be in a list is a list of one.
#[derive(Debug)]
pub(super) struct Bounded<T, const MOST: usize> {
    pub(super) list: Vec<T>,
    pub(super) more: u64,
}

impl<T, const MOST: usize> Default for Bounded<T, MOST> {
    fn default() -> Self {
        Bounded { list: Vec::new(), more: 0 }
    }
}

/// Reads any JSON into texts and numbers.
struct Any;

/// What any JSON is, as far as it is of use here.
enum Read {
    Nothing,
    Number(f64, String),
    Whole(u64),
    Text(String),
    List(Vec<String>),
    Other(&'static str),
}

impl<'de> Visitor<'de> for Any {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or a list of them")
    }

    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        Ok(Read::Nothing)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Read, E> {
        Ok(Read::Other("true or false"))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Read, E> {
        Ok(Read::Whole(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Read, E> {
        Ok(Read::Number(-1.0, number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Read, E> {
        Ok(Read::Number(number, number.to_string()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Read, E> {
        Ok(Read::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Read, A::Error> {
        let mut texts = Vec::new();
        while texts.len() < MAX_TEXTS {
            match list.next_element::<Text>()? {
                Some(Text(text)) => texts.extend(text),
                None => return Ok(Read::List(texts)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Read::List(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Read::Other("an object"))
    }
}

fn non_empty(text: &str) -> Option<String> {
    let text = super::text(text.trim());
    Some(text).filter(|text| !text.is_empty())
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Text(match deserializer.deserialize_any(Scalar)? {
            Read::Text(text) => non_empty(&text),
            Read::Whole(number) => Some(number.to_string()),
            Read::Number(_, number) => Some(number),
            Read::Nothing | Read::List(_) | Read::Other(_) => None,
        }))
    }
}

/// As [`Any`], where a list is of no use: so that lists in lists in lists are not gone into.
struct Scalar;

impl<'de> Visitor<'de> for Scalar {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        Any.visit_unit()
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Read, E> {
        Any.visit_bool(value)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Read, E> {
        Any.visit_u64(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Read, E> {
        Any.visit_i64(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Read, E> {
        Any.visit_f64(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Read, E> {
        Any.visit_str(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Read, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Read::Other("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Read, A::Error> {
        Any.visit_map(map)
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Texts(match deserializer.deserialize_any(Any)? {
            // A policy as one text has its lines in it (RFC 8461 section 3.2).
            Read::Text(text) => text.lines().take(MAX_TEXTS).filter_map(non_empty).collect(),
            Read::List(texts) => texts,
            Read::Whole(number) => vec![number.to_string()],
            Read::Number(_, number) => vec![number],
            Read::Nothing | Read::Other(_) => Vec::new(),
        }))
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(Scalar)? {
            Read::Nothing => Count::Missing,
            Read::Whole(number) => Count::Of(number),
            Read::Number(number, _) if (0.0..=MAX_EXACT).contains(&number) && number.fract() == 0.0 => {
                // In the bounds just looked at, nothing is cut.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                Count::Of(number as u64)
            }
            Read::Number(_, written) => Count::Odd(written),
            Read::Text(text) => match text.trim().parse() {
                Ok(number) => Count::Of(number),
                Err(_) => Count::Odd(super::text(&text)),
            },
            Read::List(_) => Count::Odd("a list".into()),
            Read::Other(what) => Count::Odd(what.into()),
        })
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(List(PhantomData))
    }
}

struct List<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for List<T, MOST> {
    type Value = Bounded<T, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Bounded::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut bounded = Bounded::default();
        while bounded.list.len() < MOST {
            match seq.next_element::<Option<T>>()? {
                Some(Some(one)) => bounded.list.push(one),
                Some(None) => {}
                None => return Ok(bounded),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            bounded.more = bounded.more.saturating_add(1);
        }
        Ok(bounded)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let one = T::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Bounded { list: vec![one], more: 0 })
    }
}
