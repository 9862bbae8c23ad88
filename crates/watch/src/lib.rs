//! The daemon: targets, schedules, what changed, and who is told.

pub mod alert;
pub mod service;
