//! The daemon: targets, schedules, what changed, and who is told.

pub mod alert;
pub mod config;
pub mod quiet;
pub mod schedule;
pub mod service;
