//! target to report, the order in which probes and checks run.
