//! The face of the daemon: pages and an API, which hold to what midwatch preaches.
