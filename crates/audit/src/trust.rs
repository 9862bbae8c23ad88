//! Who is trusted by default: Mozilla's roots and Chrome's, this computer's own, and the logs for timestamps.

use std::sync::LazyLock;

use midwatch_data::{chrome_roots, ct};
use midwatch_model::{LogState, Time};
use midwatch_probe::pki::{Constraint, CtLog, LogList, Programme, TrustStores};

/// The bundled programmes and logs. Cheap after the first time.
pub fn bundled() -> TrustStores {
    static BUNDLED: LazyLock<TrustStores> = LazyLock::new(|| {
        let mut stores = TrustStores::default();
        // A test shows that every bundled root can be an anchor.
        let _ = stores.add(&chrome());
        stores.set_logs(logs());
        stores
    });
    BUNDLED.clone()
}

/// The same with what this computer's own programs trust, as the store `system`, where it has such.
pub fn with_system() -> TrustStores {
    let mut stores = bundled();
    let found = rustls_native_certs::load_native_certs();
    // Without one there is nothing to say of it.
    let _ = stores.add_system(&found.certs);
    stores
}

fn chrome() -> Programme {
    let roots = &chrome_roots::roots().roots;
    let constraints = roots.iter().filter_map(|root| {
        // One of the sets has to be met: the latest date is, where any is, and a set without one always is.
        let dates: Option<Vec<Time>> = root.constraints.iter().map(|set| set.sct_not_after).collect();
        Constraint::below(&root.certificate, dates?.into_iter().max()?)
    });
    Programme {
        name: "chrome",
        anchors: roots.iter().map(|root| root.certificate.clone()).collect(),
        constraints: constraints.collect(),
    }
}

fn logs() -> LogList {
    let list = ct::list();
    let logs = list.logs.iter().map(|log| CtLog {
        id: log.id,
        key: log.key.clone(),
        name: log.name.clone(),
        operator: log.operator.clone(),
        state: match log.disqualified {
            Some(at) => LogState::Retired { at },
            None => LogState::Usable,
        },
    });
    LogList { date: list.source.date.clone().into_owned(), logs: logs.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_root_can_be_an_anchor() {
        let mut stores = TrustStores::default();
        assert!(stores.add(&chrome()).is_ok());
        let names: Vec<&str> = bundled().iter().map(|store| store.name).collect();
        assert_eq!(names, ["mozilla", "chrome"]);
        assert_eq!(bundled().logs().map(|list| list.logs.len()), Some(ct::list().logs.len()));
    }

    #[test]
    fn every_bundled_constraint_is_heeded() {
        for root in &chrome_roots::roots().roots {
            for set in &root.constraints {
                let known =
                    chrome_roots::Constraint { sct_not_after: set.sct_not_after, ..Default::default() };
                assert_eq!(*set, known, "a constraint of a kind that is not looked at");
            }
        }
        assert!(!chrome().constraints.is_empty());
    }
}
