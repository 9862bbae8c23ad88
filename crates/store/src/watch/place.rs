//! Where a ledger is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::StoreError;

/// Where a ledger is. Its text and its debugging text have no password in them.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of SQLite.
    File(PathBuf),
    /// The URL of a database of PostgreSQL: `postgres://user:password@host:port/database`.
    ///
    /// Beyond this computer it is talked to with TLS, and its certificate is checked, by the system's authorities or
    /// those of the file `sslrootcert=…`; `sslmode=disable` does without.
    Postgres(String),
}

/// What begins with `postgres://` or `postgresql://` is a database of PostgreSQL, all else a file.
impl FromStr for Place {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Place, StoreError> {
        if text.is_empty() {
            return Err(StoreError::Place(
                "the place of the memory is empty: write a file, or postgres://user@host/database".into(),
            ));
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Ok(Place::File(text.into()));
        }
        #[cfg(feature = "postgres")]
        crate::database::address::Address::parse(text)?;
        Ok(Place::Postgres(text.to_owned()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => path.display().fmt(f),
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => match crate::database::address::Address::parse(url) {
                Ok(address) => f.write_str(&address.place),
                Err(_) => f.write_str("a PostgreSQL database"),
            },
            #[cfg(not(feature = "postgres"))]
            Place::Postgres(_) => f.write_str("a PostgreSQL database"),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}
