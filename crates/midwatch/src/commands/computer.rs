//! The computer that this runs on.

use midwatch_sense::System;

/// This computer as this user sees it.
pub fn this() -> System {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    System {
        root: "/".into(),
        home: std::env::var_os("HOME").filter(|home| !home.is_empty()).map(Into::into),
        env: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
    }
}
