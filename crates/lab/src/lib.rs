//! servers on loopback that are weak on purpose.
