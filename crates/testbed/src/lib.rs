//! starts real servers for the tests.
