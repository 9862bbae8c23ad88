//! SQLite: a file that its owner alone can read.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, TransactionBehavior, params_from_iter};

use super::{Database, Purpose, Row, Statements, Value};
use crate::{StoreError, file, migrate};

/// How long another midwatch may keep the file to itself.
const BUSY: Duration = Duration::from_secs(5);

/// Statements that are kept ready.
const STATEMENTS: usize = 256;

/// An open file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    place: Arc<str>,
    connection: Connection,
}

impl Sqlite {
    /// Opens a file, makes it where it is not there, and brings it to the newest form.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn open(path: &Path) -> Result<Sqlite, StoreError> {
        let connection = open(path)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Sqlite { place: path.display().to_string().into(), connection })
    }
}

/// Opens a file, makes it where it is not there, and brings it to the newest form. What is committed lies on the disk.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    file::private(path).map_err(|source| StoreError::File { path: path.to_owned(), source })?;
    let failed = |source| StoreError::sqlite(path, source);
    let mut connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    write_ahead(&connection).map_err(failed)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    migrate::sqlite(&mut connection, path)?;
    Ok(connection)
}

/// Keeps changes in a log beside the file, so that reading and writing do not wait for each other. SQLite does not wait
/// here where another does the same at this moment, whatever its time-out, so that it is tried again.
fn write_ahead(database: &Connection) -> rusqlite::Result<()> {
    let end = Instant::now() + BUSY;
    loop {
        match database.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < end =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

impl Database for Sqlite {
    fn transact(
        &mut self,
        purpose: Purpose,
        work: &mut dyn FnMut(&mut dyn Statements) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let place = self.place.clone();
        let failed = |source| StoreError::sqlite(&*place, source);
        let behavior = match purpose {
            Purpose::Read => TransactionBehavior::Deferred,
            Purpose::Write => TransactionBehavior::Immediate,
        };
        let transaction = self.connection.transaction_with_behavior(behavior).map_err(failed)?;
        work(&mut Running { place: &place, connection: &transaction })?;
        transaction.commit().map_err(failed)
    }
}

/// A transaction that runs.
struct Running<'a> {
    place: &'a Arc<str>,
    connection: &'a Connection,
}

impl Running<'_> {
    fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::sqlite(&**self.place, source)
    }
}

impl Statements for Running<'_> {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let mut statement =
            self.connection.prepare_cached(&numbered(sql)).map_err(|error| self.failed(error))?;
        let changed = statement.execute(params_from_iter(values)).map_err(|error| self.failed(error))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement =
            self.connection.prepare_cached(&numbered(sql)).map_err(|error| self.failed(error))?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values)).map_err(|error| self.failed(error))?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.failed(error))? {
            let mut values = Vec::with_capacity(columns);
            for column in 0..columns {
                let value = row.get_ref(column).map_err(|error| self.failed(error))?;
                values.push(match value {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Int(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                    ValueRef::Real(number) => {
                        return Err(StoreError::damaged(self.place, format!("number {number}")));
                    }
                });
            }
            all.push(Row::new(self.place.clone(), values));
        }
        Ok(all)
    }
}

/// `$1` is a name to SQLite, and gets its place by where it stands first; `?1` is a place.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
