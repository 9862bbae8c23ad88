//! Where there is no netlink, there is no socket.

use midwatch_model::Reason;

use super::Channel;
use crate::not_built;

/// A socket that nobody can open.
pub(crate) enum Socket {}

impl Socket {
    pub(super) fn routing() -> Result<Socket, Reason> {
        Err(not_built())
    }

    pub(super) fn sockets() -> Result<Socket, Reason> {
        Err(not_built())
    }

    pub(super) fn generic(_about: &'static str) -> Result<Socket, Reason> {
        Err(not_built())
    }
}

impl Channel for Socket {
    fn send(&mut self, _message: &[u8]) -> Result<(), Reason> {
        match *self {}
    }

    fn receive(&mut self) -> Result<Vec<u8>, Reason> {
        match *self {}
    }
}
