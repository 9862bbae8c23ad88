//! Whom the firewall lets through to a socket: the rules that the kernel has now, read and followed.

mod evaluate;
mod iptables;
#[cfg(all(test, has_linux))]
mod kernel_tests;
mod nft;
mod rules;
mod sources;
#[cfg(test)]
mod tests;
