//! The daemon: targets, schedules, what changed, and who is told.

pub mod service;
