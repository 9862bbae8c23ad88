//! What goes into a database and comes out of it.

use std::sync::Arc;

use midwatch_model::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// None.
    Null,
    /// A number; truth is 0 or 1.
    Int(i64),
    /// Text without NUL, which PostgreSQL cannot keep.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A time as it is kept: RFC 3339 in UTC with nine digits of a second, so that texts sort as times do.
pub(crate) fn stamp(time: Time) -> String {
    format!("{time:.9}")
}

/// Values for a statement: `values![1, "text", time]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::database::Value::from($value)),*] };
}
pub(crate) use values;

impl Value {
    /// A thing as JSON.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it has no form in JSON; what is kept here always has one.
    pub(crate) fn json<T: Serialize>(thing: &T) -> Result<Value, StoreError> {
        serde_json::to_string(thing)
            .map(Value::Text)
            .map_err(|error| StoreError::damaged("what was to be kept", error))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::Int(number.into())
    }
}

/// What is past the largest number is that number.
impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Value {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Int(truth.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::from(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::from(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text })
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Blob(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Value {
        Value::Blob(bytes.to_vec())
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Value {
        Value::Text(stamp(time))
    }
}

impl From<&Value> for Value {
    fn from(value: &Value) -> Value {
        value.clone()
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// A row. Columns are counted from 0; one that is not there, or of another type, is damage.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    place: Arc<str>,
    values: Vec<Value>,
}

impl Row {
    /// A row of the database at `place`.
    pub(crate) fn new(place: Arc<str>, values: Vec<Value>) -> Row {
        Row { place, values }
    }

    fn damaged(&self, column: usize, what: impl std::fmt::Display) -> StoreError {
        StoreError::damaged(&self.place, format!("column {column}: {what}"))
    }

    fn get(&self, column: usize) -> Result<&Value, StoreError> {
        self.values.get(column).ok_or_else(|| self.damaged(column, "it is not there"))
    }

    /// A number, or none.
    pub(crate) fn int_or_none(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.get(column)? {
            Value::Int(number) => Ok(Some(*number)),
            Value::Null => Ok(None),
            _ => Err(self.damaged(column, "no number")),
        }
    }

    /// A number.
    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.int_or_none(column)?.ok_or_else(|| self.damaged(column, "nothing instead of a number"))
    }

    /// A number that is never below 0; a small one.
    pub(crate) fn count(&self, column: usize) -> Result<u32, StoreError> {
        let number = self.int(column)?;
        u32::try_from(number).map_err(|_| self.damaged(column, format!("{number} as a count")))
    }

    /// A number that is never below 0; a large one.
    pub(crate) fn large(&self, column: usize) -> Result<u64, StoreError> {
        let number = self.int(column)?;
        u64::try_from(number).map_err(|_| self.damaged(column, format!("{number} as a count")))
    }

    /// Truth.
    pub(crate) fn truth(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// A text, or none.
    pub(crate) fn text_or_none(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.get(column)? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            _ => Err(self.damaged(column, "no text")),
        }
    }

    /// A text.
    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.text_or_none(column)?.ok_or_else(|| self.damaged(column, "nothing instead of a text"))
    }

    /// Bytes, or none.
    pub(crate) fn bytes_or_none(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match self.get(column)? {
            Value::Blob(bytes) => Ok(Some(bytes)),
            Value::Null => Ok(None),
            _ => Err(self.damaged(column, "no bytes")),
        }
    }

    /// Bytes.
    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        self.bytes_or_none(column)?.ok_or_else(|| self.damaged(column, "nothing instead of bytes"))
    }

    /// A time, or none.
    pub(crate) fn time_or_none(&self, column: usize) -> Result<Option<Time>, StoreError> {
        let Some(text) = self.text_or_none(column)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.damaged(column, format!("time {text}")))
    }

    /// A time.
    pub(crate) fn time(&self, column: usize) -> Result<Time, StoreError> {
        self.time_or_none(column)?.ok_or_else(|| self.damaged(column, "nothing instead of a time"))
    }

    /// A thing that is kept as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        serde_json::from_str(self.text(column)?).map_err(|error| self.damaged(column, error))
    }
}
