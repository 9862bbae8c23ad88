//! Reading a table of an SQLite database (<https://www.sqlite.org/fileformat2.html>), as NSS keeps its certificates in.
//!
//! Every row of a table in the file itself; a write-ahead log beside it is not read. Nothing is written, no lock is
//! taken, and no query is run: a database that is being written may be read half.

use std::collections::BTreeSet;

/// Bytes of the file's header.
const HEADER: usize = 100;

/// Rows of a table that are read.
const MAX_ROWS: usize = 20_000;

/// The largest row, in bytes.
const MAX_ROW: usize = 1024 * 1024;

/// A row: the values of the columns that were asked for; none for those that are no text and no blob.
pub(crate) type Row = Vec<Option<Vec<u8>>>;

/// The rows of a table. None where the file is no such database, or has no such table or column.
pub(crate) fn rows(file: &[u8], table: &str, columns: &[&str]) -> Option<Vec<Row>> {
    let database = Database::new(file)?;
    let schema = database.table(1)?;
    let wanted = schema.iter().find_map(|row| {
        let text = |at: usize| match row.get(at) {
            Some(Value::Bytes(bytes)) => std::str::from_utf8(bytes).ok(),
            _ => None,
        };
        if text(0) != Some("table") || text(1) != Some(table) {
            return None;
        }
        let Some(Value::Number(root)) = row.get(3) else { return None };
        Some((u32::try_from(*root).ok()?, text(4)?.to_owned()))
    });
    let (root, sql) = wanted?;
    let names = names(&sql);
    let at: Vec<usize> = columns
        .iter()
        .map(|column| names.iter().position(|name| name == column))
        .collect::<Option<Vec<_>>>()?;
    let rows = database.table(root)?;
    let value = |row: &Vec<Value>, at: &usize| match row.get(*at) {
        Some(Value::Bytes(bytes)) => Some(bytes.clone()),
        _ => None,
    };
    Some(rows.iter().map(|row| at.iter().map(|at| value(row, at)).collect()).collect())
}

/// The names of the columns that a `CREATE TABLE` lists.
fn names(sql: &str) -> Vec<String> {
    let inside =
        sql.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map_or("", |(inside, _)| inside);
    let first =
        |part: &str| part.split_whitespace().next().unwrap_or_default().trim_matches(['"', '`']).to_owned();
    inside.split(',').map(first).collect()
}

enum Value {
    Bytes(Vec<u8>),
    Number(i64),
    Other,
}

struct Database<'a> {
    file: &'a [u8],
    page: usize,
    usable: usize,
}

impl<'a> Database<'a> {
    fn new(file: &'a [u8]) -> Option<Self> {
        if !file.starts_with(b"SQLite format 3\0") {
            return None;
        }
        let page = match u16_at(file, 16)? {
            1 => 65_536,
            size if size >= 512 && size.is_power_of_two() => usize::from(size),
            _ => return None,
        };
        let usable = page.checked_sub(usize::from(*file.get(20)?))?;
        // The smallest that the format allows; sums below cannot go wrong then.
        (usable >= 480).then_some(Database { file, page, usable })
    }

    /// A page by its number, counted from 1.
    fn page(&self, number: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(number).ok()?.checked_sub(1)?.checked_mul(self.page)?;
        self.file.get(start..start.checked_add(self.page)?)
    }

    /// Every row of the b-tree at `root`.
    fn table(&self, root: u32) -> Option<Vec<Vec<Value>>> {
        let mut rows = Vec::new();
        let mut seen = BTreeSet::new();
        let mut todo = vec![root];
        while let Some(number) = todo.pop() {
            // A page that leads back to itself would never end.
            if !seen.insert(number) {
                return None;
            }
            let page = self.page(number)?;
            let start = if number == 1 { HEADER } else { 0 };
            let kind = *page.get(start)?;
            let cells = usize::from(u16_at(page, start + 3)?);
            let pointers = start + if kind == 5 { 12 } else { 8 };
            for cell in 0..cells {
                let at = usize::from(u16_at(page, pointers + 2 * cell)?);
                match kind {
                    5 => todo.push(u32_at(page, at)?),
                    13 => rows.push(values(&self.payload(page, at)?)?),
                    _ => return None,
                }
                if rows.len() > MAX_ROWS {
                    return None;
                }
            }
            if kind == 5 {
                todo.push(u32_at(page, start + 8)?);
            }
        }
        Some(rows)
    }

    /// The record of a leaf's cell, with what overflowed onto other pages.
    fn payload(&self, page: &[u8], at: usize) -> Option<Vec<u8>> {
        let mut cell = page.get(at..)?;
        let length = usize::try_from(varint(&mut cell)?).ok()?;
        varint(&mut cell)?;
        if length > MAX_ROW {
            return None;
        }
        let most = self.usable - 35;
        if length <= most {
            return Some(cell.get(..length)?.to_vec());
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let wanted = least + (length - least) % (self.usable - 4);
        let local = if wanted <= most { wanted } else { least };
        let mut payload = cell.get(..local)?.to_vec();
        let mut next = u32_at(cell, local)?;
        while payload.len() < length {
            let page = self.page(next)?;
            let rest = page.get(4..self.usable)?;
            let take = rest.len().min(length - payload.len());
            payload.extend(rest.get(..take)?);
            next = u32_at(page, 0)?;
        }
        Some(payload)
    }
}

/// The values of a record.
fn values(record: &[u8]) -> Option<Vec<Value>> {
    let mut rest = record;
    let length = usize::try_from(varint(&mut rest)?).ok()?;
    let before = record.len() - rest.len();
    let mut types = rest.get(..length.checked_sub(before)?)?;
    let mut body = record.get(length..)?;
    let mut found = Vec::new();
    while !types.is_empty() {
        let kind = varint(&mut types)?;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            kind => usize::try_from((kind - 12) / 2).ok()?,
        };
        let (value, after) = body.split_at_checked(size)?;
        body = after;
        found.push(match kind {
            1..=6 => Value::Number(value.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte))),
            8 | 9 => Value::Number(i64::try_from(kind).ok()? - 8),
            12.. => Value::Bytes(value.to_vec()),
            _ => Value::Other,
        });
    }
    Some(found)
}

/// A number of one to nine bytes, the highest bit of each but the ninth telling whether another follows.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for at in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if at == 8 {
            return Some(value << 8 | u64::from(*byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What sqlite3 itself writes: rows that fit on a page, and rows that need many.
    fn written() -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.db");
        let fill = "create table other (x); create table t (id PRIMARY KEY, a0, \"b\", c); \
                    with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) \
                    insert into t select i, zeroblob(i * 37), 'row ' || i, i from n;";
        let run = Command::new("sqlite3").arg(&path).arg(fill).status().expect("sqlite3 (package sqlite3)");
        assert!(run.success());
        std::fs::read(path).unwrap()
    }

    #[test]
    fn every_row_is_read_whole() {
        let rows = rows(&written(), "t", &["b", "a0", "c"]).unwrap();
        assert_eq!(rows.len(), 500);
        for row in &rows {
            let name = String::from_utf8(row[0].clone().unwrap()).unwrap();
            let number: usize = name.trim_start_matches("row ").parse().unwrap();
            assert_eq!(row[1].as_deref(), Some(vec![0; number * 37].as_slice()));
            assert_eq!(row[2], None, "a number");
        }
    }

    #[test]
    fn other_tables_columns_and_files_are_none() {
        let file = written();
        assert_eq!(rows(&file, "none", &[]), None);
        assert_eq!(rows(&file, "t", &["none"]), None);
        assert_eq!(rows(b"no database", "t", &[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_change_breaks_it(changes in prop::collection::vec((0_usize..20_000, any::<u8>()), 1..20), cut in 0_usize..40_000) {
            static FILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
            let mut file = FILE.get_or_init(written).clone();
            for (at, byte) in changes {
                if let Some(place) = file.get_mut(at) {
                    *place = byte;
                }
            }
            rows(&file, "t", &["b", "a0"]);
            file.truncate(cut);
            rows(&file, "t", &["b", "a0"]);
        }
    }
}
