//! All local I/O: what this computer and the network that it is on show without asking anybody.
//!
//! A module for each signal. Each yields typed observations ([`midwatch_model::Fact`]) and never judges; what could
//! not be read is told as not measured, with its reason and the right that it takes.
