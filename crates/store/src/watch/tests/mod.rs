mod model;
mod property;
mod sample;

use super::*;
use crate::database::values;

/// Runs a test on a file and, where it is built in, on PostgreSQL.
pub(crate) fn on_each(test: impl Fn(&str, &Place)) {
    let directory = tempfile::tempdir().expect("a directory");
    test("SQLite", &Place::File(directory.path().join("watch.sqlite")));
    #[cfg(feature = "postgres")]
    {
        let server = midwatch_testbed::postgres::Postgres::start();
        test("PostgreSQL", &Place::Postgres(server.database()));
    }
}

#[test]
fn a_transaction_is_kept_as_a_whole_or_not_at_all() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        let insert = "INSERT INTO watch_number (name, next) VALUES ($1, $2)";
        let refused = ledger.write(|database| {
            database.execute(insert, values!["a", 1_i64])?;
            database.execute(insert, values!["a", 2_i64])
        });
        assert!(refused.is_err(), "{name}");
        let given_up: Result<(), _> = ledger.write(|database| {
            database.execute(insert, values!["b", 1_i64])?;
            Err(StoreError::damaged("a test", "on purpose"))
        });
        assert!(given_up.is_err(), "{name}");
        let count = ledger.read(|database| database.query("SELECT COUNT(*) FROM watch_number", &[]));
        assert_eq!(count.expect(name)[0].int(0).expect(name), 0, "{name}");
        ledger.write(|database| database.execute(insert, values!["a", i64::MIN])).expect(name);
        drop(ledger);
        let mut ledger = Ledger::open(place).expect(name);
        let rows = ledger.read(|database| {
            database.query(
                "SELECT next, name FROM watch_number WHERE name = $2 AND next < $1",
                values![0_i64, "a"],
            )
        });
        let rows = rows.expect(name);
        assert_eq!(
            (rows.len(), rows[0].int(0).expect(name), rows[0].text(1).expect(name)),
            (1, i64::MIN, "a")
        );
    });
}
