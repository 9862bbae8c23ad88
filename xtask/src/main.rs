//! Chores of midwatch's developers.
fn main() {}
