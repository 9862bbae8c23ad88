//! Servers on loopback that are weak on purpose: a shop to practise on.
//!
//! [`Lab::start`] opens real TCP, real TLS and real HTTP servers on 127.0.0.1 and ::1 and nowhere else, on
//! ports that happen to be free. The virtual hosts have names under `.example`, which no resolver knows:
//! [`Lab::connect_to`] says where each is to be found, and [`Lab::ca_pem`] is the certification authority
//! that vouches for the sound ones. Nothing but this library is needed.
//!
//! Each [`Defence`] repairs one weakness, so that the same audit can be run with it and without it.
//!
//! Where things are:
//!
//! | module | job |
//! |---|---|
//! | `defence` | what can be switched on, and which verdicts it turns |
//! | `echo` | a far end that says what reached it, for tests of the way |
//! | `hosts` | the virtual hosts: their names, certificates and sites |
//! | `pki` | the lab's own authority and the certificates, sound and at fault |
//! | `listen` | sockets on loopback, and the end of every connection |
//! | `tls` | TLS 1.2 and 1.3 as it should be |
//! | `old_tls` | TLS 1.0 and 1.1 as it should no longer be |
//! | `serve` | HTTP/1.1 and HTTP/2 over any of these |
//! | `shop`, `small` | what the sites say |
//! | [`story`] | Elizabeth, David and Jessica between them, played step by step |

mod answer;
mod defence;
mod echo;
mod hosts;
mod lab;
mod listen;
mod old_tls;
mod pki;
mod serve;
mod shop;
mod small;
pub mod story;
mod tls;

pub use defence::{Defence, UnknownDefence};
pub use echo::{ANSWER_HEADERS, Echo};
pub use lab::{Lab, LabTarget};
