//! checks and attacks, pure.
