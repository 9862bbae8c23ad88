//! Frames as they come by (packet(7)): a socket for each interface, with a filter in the kernel so that nothing but what
//! is looked for is copied.

use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};

use midwatch_model::{Reason, ReasonKind};
use socket2::{Domain, Protocol, Socket, Type};

use super::filter;

/// Bytes of a frame that are looked at. Everything that is looked for is shorter.
const MAX_FRAME: usize = 16 * 1024;

/// ETH_P_ALL.
const ALL: u16 = 3;

/// Why frames are not heard.
pub(super) fn deaf(error: &std::io::Error) -> Reason {
    let detail = match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "hearing frames takes the right CAP_NET_RAW: run it with sudo, or give the \
             program that right once with 'sudo setcap cap_net_raw+ep' and its path"
                .to_owned()
        }
        _ => format!("frames cannot be heard ({error})"),
    };
    Reason::new(ReasonKind::Other, detail)
}

/// One interface that is listened to.
pub(super) struct Ear {
    socket: Socket,
    interface: u32,
    frame: Vec<u8>,
}

impl AsFd for Ear {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Ear {
    /// # Errors
    /// What the kernel says; without the right, [`deaf`] is what to say of it.
    pub(super) fn open(interface: u32) -> std::io::Result<Ear> {
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(i32::from(ALL.to_be()))))?;
        socket.set_nonblocking(true)?;
        // What came before the filter was there may be of any interface, and is thrown away.
        socket.attach_filter(&filter::nothing())?;
        let mut ear = Ear { socket, interface, frame: vec![0; MAX_FRAME] };
        while ear.next().is_some() {}
        ear.socket.attach_filter(&filter::of(interface))?;
        Ok(ear)
    }

    pub(super) fn interface(&self) -> u32 {
        self.interface
    }

    /// The next frame, where there is one.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        let length = (&self.socket).read(&mut self.frame).ok()?;
        self.frame.get(..length)
    }
}
