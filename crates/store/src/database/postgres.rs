//! PostgreSQL: one connection, which is made again when it was lost.
//!
//! Every wait has an end, on both sides: the server is told how long a statement may take, and this side stops waiting
//! a little later. Must not be called from inside a runtime of tokio, whose threads may not block.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, NoTls, Statement};

use super::address::Address;
use super::tls::Connector;
use super::{Database, Purpose, Row, Statements, Value};
use crate::{StoreError, migrate};

/// How long connecting may take, the greeting and the password included.
const CONNECT: Duration = Duration::from_secs(10);

/// How long the server may work on one statement.
const STATEMENT: Duration = Duration::from_secs(60);

/// How long a transaction may wait for another one.
const LOCK: Duration = Duration::from_secs(20);

/// How long a transaction may stay open while this side does something else, such as writing what it reads.
const IDLE: Duration = Duration::from_secs(600);

/// How long this side waits for an answer.
const ANSWER: Duration = Duration::from_secs(75);

/// Statements that are kept ready.
const STATEMENTS: usize = 256;

/// The number of the lock that whoever changes something holds: `midwatch` in ASCII.
const LOCK_NUMBER: i64 = 0x6d69_6477_6174_6368;

/// A database of PostgreSQL.
pub(crate) struct Postgres {
    address: Address,
    session: Option<Session>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("place", &self.address.place).finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connects, and brings the tables to the newest form.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn open(url: &str) -> Result<Postgres, StoreError> {
        let address = Address::parse(url)?;
        let session = Session::open(&address)?;
        Ok(Postgres { address, session: Some(session) })
    }

    /// A session in which a transaction has begun.
    fn begin(&mut self, purpose: Purpose) -> Result<Session, StoreError> {
        if let Some(mut session) = self.session.take() {
            match session.begin(purpose) {
                Ok(()) => return Ok(session),
                // It may have been lost long ago, and nothing is begun.
                Err(StoreError::Away { .. }) if !session.usable() => {}
                Err(error) => {
                    self.keep(session);
                    return Err(error);
                }
            }
        }
        let mut session = Session::open(&self.address)?;
        session.begin(purpose)?;
        Ok(session)
    }

    fn keep(&mut self, session: Session) {
        if session.usable() {
            self.session = Some(session);
        }
    }
}

impl Database for Postgres {
    fn transact(
        &mut self,
        purpose: Purpose,
        work: &mut dyn FnMut(&mut dyn Statements) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut session = self.begin(purpose)?;
        let mut running = Running { session: &mut session, failure: None };
        let done = work(&mut running);
        // PostgreSQL ends a transaction in which a statement failed without keeping it and without saying so.
        let failure = running.failure.take();
        let result = match (done, failure) {
            (Ok(()), None) => session.run("COMMIT"),
            (Ok(()), Some(what)) => Err(StoreError::Postgres { place: session.place.to_string(), what }),
            (Err(error), _) => Err(error),
        };
        if result.is_err() && session.usable() && session.run("ROLLBACK").is_err() {
            session.lost = true;
        }
        self.keep(session);
        result
    }
}

/// A connection.
struct Session {
    place: Arc<str>,
    /// Only none while it is dropped.
    runtime: Option<Runtime>,
    client: Client,
    statements: HashMap<String, Statement>,
    /// An answer did not come: what it would have been is not known.
    lost: bool,
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for its end is not allowed on every thread, and there is nothing to wait for.
            runtime.shutdown_background();
        }
    }
}

impl Session {
    fn open(address: &Address) -> Result<Session, StoreError> {
        let place = address.place.clone();
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime =
            runtime.map_err(|error| away(&place, format!("connecting could not be started: {error}")))?;
        let client = runtime.block_on(async {
            match timeout(CONNECT, connect(address)).await {
                Ok(Ok(client)) => Ok(client),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(away(&place, format!("no connection within {} seconds", CONNECT.as_secs()))),
            }
        })?;
        let mut session =
            Session { place, runtime: Some(runtime), client, statements: HashMap::new(), lost: false };
        session.run(&format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; \
             SET idle_in_transaction_session_timeout = {}; \
             SELECT set_config('synchronous_commit', 'on', false) \
             WHERE current_setting('synchronous_commit') = 'off'",
            STATEMENT.as_millis(),
            LOCK.as_millis(),
            IDLE.as_millis(),
        ))?;
        session.forward()?;
        Ok(session)
    }

    /// Brings the tables to the newest form.
    fn forward(&mut self) -> Result<(), StoreError> {
        self.begin(Purpose::Write)?;
        self.run("CREATE TABLE IF NOT EXISTS midwatch_form (number BIGINT NOT NULL)")?;
        let rows = self.query("SELECT number FROM midwatch_form", &[])?;
        let (found, fresh) = match rows.first() {
            Some(row) => (row.count(0)?, false),
            None => (0, true),
        };
        let known = migrate::newest();
        if found > known {
            self.run("ROLLBACK")?;
            return Err(StoreError::Newer { place: self.place.to_string(), found, known });
        }
        for step in migrate::postgres(found) {
            self.run(&step)?;
        }
        let set = if fresh {
            "INSERT INTO midwatch_form (number) VALUES ($1)"
        } else {
            "UPDATE midwatch_form SET number = $1 WHERE number <> $1"
        };
        self.execute(set, &[Value::from(known)])?;
        self.run("COMMIT")
    }

    fn usable(&self) -> bool {
        !self.lost && !self.client.is_closed()
    }

    fn begin(&mut self, purpose: Purpose) -> Result<(), StoreError> {
        match purpose {
            Purpose::Read => self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            Purpose::Write => {
                self.run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")?;
                self.run(&format!("SELECT pg_advisory_xact_lock({LOCK_NUMBER})")).inspect_err(|_| {
                    if self.client.is_closed() || self.run("ROLLBACK").is_err() {
                        self.lost = true;
                    }
                })
            }
        }
    }

    /// Waits for an answer, though not for ever.
    fn wait<R>(
        &mut self,
        question: impl AsyncFnOnce(&Client, &mut HashMap<String, Statement>) -> Result<R, tokio_postgres::Error>,
    ) -> Result<R, StoreError> {
        let Some(runtime) = &self.runtime else { return Err(away(&self.place, "it is being closed".into())) };
        let (client, statements) = (&self.client, &mut self.statements);
        let answer = runtime.block_on(async { timeout(ANSWER, question(client, statements)).await });
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                // What was prepared may be what is at fault, where another midwatch changed the tables meanwhile.
                self.statements.clear();
                Err(failed(&self.place, &error))
            }
            Err(_) => {
                self.lost = true;
                Err(away(&self.place, format!("no answer within {} seconds", ANSWER.as_secs())))
            }
        }
    }

    /// Runs statements without values.
    fn run(&mut self, sql: &str) -> Result<(), StoreError> {
        self.wait(async |client, _| client.batch_execute(sql).await)
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        self.wait(async |client, statements| {
            let statement = ready(client, statements, sql).await?;
            client.execute(&statement, &parameters(values)).await
        })
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let rows = self.wait(async |client, statements| {
            let statement = ready(client, statements, sql).await?;
            client.query(&statement, &parameters(values)).await
        })?;
        rows.iter().map(|row| read(&self.place, row)).collect()
    }
}

async fn connect(address: &Address) -> Result<Client, StoreError> {
    let refused = |error: tokio_postgres::Error| failed(&address.place, &error);
    // What arrives is taken in beside the waiting for it; the end of the connection shows in the client.
    if address.tls {
        let connector = Connector::new(address)?;
        let (client, connection) = address.config.connect(connector).await.map_err(refused)?;
        tokio::spawn(connection);
        Ok(client)
    } else {
        let (client, connection) = address.config.connect(NoTls).await.map_err(refused)?;
        tokio::spawn(connection);
        Ok(client)
    }
}

/// A statement that the server has read already.
async fn ready(
    client: &Client,
    statements: &mut HashMap<String, Statement>,
    sql: &str,
) -> Result<Statement, tokio_postgres::Error> {
    if let Some(statement) = statements.get(sql) {
        return Ok(statement.clone());
    }
    let statement = client.prepare(sql).await?;
    if statements.len() >= STATEMENTS {
        statements.clear();
    }
    statements.insert(sql.to_owned(), statement.clone());
    Ok(statement)
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn read(place: &Arc<str>, row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let mut values = Vec::with_capacity(row.len());
    for (number, column) in row.columns().iter().enumerate() {
        let wrong = |error: tokio_postgres::Error| StoreError::damaged(place, words(&error));
        let value = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(number).map_err(wrong)?.map(Value::Int),
            Type::INT4 => {
                row.try_get::<_, Option<i32>>(number).map_err(wrong)?.map(|number| Value::Int(number.into()))
            }
            Type::TEXT | Type::VARCHAR | Type::NAME => {
                row.try_get::<_, Option<String>>(number).map_err(wrong)?.map(Value::Text)
            }
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(number).map_err(wrong)?.map(Value::Blob),
            ref other => {
                return Err(StoreError::damaged(place, format!("column {} is {other}", column.name())));
            }
        };
        values.push(value.unwrap_or(Value::Null));
    }
    Ok(Row::new(place.clone(), values))
}

/// A transaction that runs.
struct Running<'a> {
    session: &'a mut Session,
    /// What the first statement that failed met.
    failure: Option<String>,
}

impl Running<'_> {
    fn note<R>(&mut self, result: Result<R, StoreError>) -> Result<R, StoreError> {
        if let (Err(error), None) = (&result, &self.failure) {
            self.failure = Some(error.to_string());
        }
        result
    }
}

impl Statements for Running<'_> {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let result = self.session.execute(sql, values);
        self.note(result)
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let result = self.session.query(sql, values);
        self.note(result)
    }
}

fn away(place: &str, what: String) -> StoreError {
    StoreError::Away { place: place.to_owned(), what }
}

/// What the server or the connection to it says.
fn failed(place: &str, error: &tokio_postgres::Error) -> StoreError {
    let what = words(error);
    let Some(code) = error.code() else { return away(place, what) };
    let class = code.code().get(..2).unwrap_or_default();
    let passes = [
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::QUERY_CANCELED,
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    // Class 08 is the connection, class 40 a transaction that was rolled back for another one.
    if passes.contains(code) || class == "08" || class == "40" {
        away(place, what)
    } else if *code == SqlState::DISK_FULL {
        StoreError::Full { place: place.to_owned() }
    } else {
        StoreError::Postgres { place: place.to_owned(), what }
    }
}

/// An error with what is below it, on one line.
fn words(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        let detail = said.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        return midwatch_model::lossless(format!("{}{detail}", said.message()).as_bytes());
    }
    let mut text = error.to_string();
    let mut below = std::error::Error::source(error);
    while let Some(cause) = below {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        below = cause.source();
    }
    midwatch_model::lossless(text.as_bytes())
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Value::Int(number), &Type::INT8) => number.to_sql(ty, out),
            (Value::Text(text), &(Type::TEXT | Type::VARCHAR)) => text.to_sql(ty, out),
            (Value::Blob(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            (value, ty) => {
                let kind = match value {
                    Value::Int(_) => "a number",
                    Value::Text(_) => "a text",
                    _ => "bytes",
                };
                Err(format!("{kind} stands where {ty} is wanted").into())
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
