//! The daemon as a service: what it is to the system that runs it.
//!
//! | module | what it does |
//! |---|---|
//! | [`notify`] | tells the service manager how it goes, and that it still works (sd_notify(3)) |
//! | [`sockets`] | takes the listening sockets that the service manager opened |
//! | [`credentials`] | reads what the service manager hands over as credentials |
//! | [`privileges`] | becomes another user, and keeps no right that no sensor needs |
//! | [`signals`] | stop, stop at once, read the configuration again |
//! | [`log`] | lines for people, for programs and for the journal |
//! | [`metrics`] | figures for Prometheus |
//! | [`mod@unit`] | the unit of systemd |
//!
//! The order at a start: [`log::start`], [`sockets::take`], what only root may read or open,
//! [`privileges::become_user`] or [`privileges::settle`], and only then the first thread and the runtime.

pub mod credentials;
pub mod log;
pub mod metrics;
pub mod notify;
pub mod privileges;
pub mod signals;
pub mod sockets;
pub mod unit;
