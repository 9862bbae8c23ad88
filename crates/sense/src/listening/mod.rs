//! What listens on this computer as a server: sockets, the programs behind them, and the firewall in front.

pub mod firewall;
