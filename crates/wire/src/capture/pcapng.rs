//! The newer format: sections of blocks, with interfaces described before their frames.

use std::io::Read;

use super::buffer::Buffer;
use super::{CaptureError, Captured, MAX_BLOCK, MAX_INTERFACES, Order};
use crate::link::LinkType;

const SECTION: u32 = 0x0a0d_0d0a;

#[derive(Clone, Copy)]
struct Interface {
    link: LinkType,
    snap: u32,
    /// Units of a timestamp in a second.
    units: u128,
    /// Seconds to add.
    offset: i64,
}

#[derive(Default)]
pub(super) struct Pcapng {
    order: Option<Order>,
    interfaces: Vec<Interface>,
}

/// A frame within its block: everything but the bytes themselves.
struct Found {
    time: Option<i64>,
    interface: u32,
    link: LinkType,
    length: u32,
    kept: usize,
    at: usize,
}

impl Pcapng {
    pub(super) fn next<'a, R: Read>(
        &mut self,
        buffer: &'a mut Buffer<R>,
    ) -> Result<Option<Captured<'a>>, CaptureError> {
        let (total, found) = loop {
            let offset = buffer.offset();
            let Some(header) = buffer.peek::<12>()? else { return Ok(None) };
            let damaged = |what| CaptureError::Damaged { offset, what };
            // A section's type reads the same in both orders, and its magic number tells which it is.
            let order = match header {
                [0x0a, 0x0d, 0x0d, 0x0a, .., 0x1a, 0x2b, 0x3c, 0x4d] => Order::Big,
                [0x0a, 0x0d, 0x0d, 0x0a, .., 0x4d, 0x3c, 0x2b, 0x1a] => Order::Little,
                [0x0a, 0x0d, 0x0d, 0x0a, ..] => return Err(damaged("no byte order")),
                _ => self.order.ok_or_else(|| damaged("no section"))?,
            };
            let kind = order.u32_at(&header, 0).unwrap_or_default();
            let total = order.u32_at(&header, 4).unwrap_or_default() as usize;
            if total > MAX_BLOCK {
                return Err(CaptureError::TooLarge { offset, length: total as u64 });
            }
            if total < 12 || !total.is_multiple_of(4) {
                return Err(damaged("a length that cannot be"));
            }
            // Frames are lent from the block, so it is only looked at here where it holds none.
            match kind {
                3 | 6 => {
                    let Some(fixed) = self.frame(buffer, order, kind, total, offset)? else {
                        return Ok(None);
                    };
                    break (total, fixed);
                }
                _ => {
                    let Some(block) = buffer.take(total)? else { return Ok(None) };
                    match kind {
                        SECTION => {
                            self.order = Some(order);
                            self.interfaces.clear();
                        }
                        1 => {
                            let interface = interface(order, block).ok_or_else(|| damaged("interface"))?;
                            if self.interfaces.len() == MAX_INTERFACES {
                                return Err(damaged("more interfaces than anybody has"));
                            }
                            self.interfaces.push(interface);
                        }
                        // Names, statistics, secrets, what is private.
                        _ => {}
                    }
                }
            }
        };
        let Some(block) = buffer.take(total)? else { return Ok(None) };
        let bytes = block.get(found.at..found.at + found.kept).unwrap_or_default();
        let Found { time, interface, link, length, .. } = found;
        Ok(Some(Captured { time, interface, link, bytes, length }))
    }

    /// Looks at the fixed fields of a block with a frame.
    fn frame<R: Read>(
        &self,
        buffer: &mut Buffer<R>,
        order: Order,
        kind: u32,
        total: usize,
        offset: u64,
    ) -> Result<Option<Found>, CaptureError> {
        let damaged = |what| CaptureError::Damaged { offset, what };
        let (at, number, time, kept, length) = if kind == 6 {
            let Some(fixed) = buffer.peek::<28>()? else { return Ok(None) };
            let field = |at| order.u32_at(&fixed, at).unwrap_or_default();
            let time = u64::from(field(12)) << 32 | u64::from(field(16));
            (28, field(8), Some(time), field(20), field(24))
        } else {
            let Some(fixed) = buffer.peek::<12>()? else { return Ok(None) };
            let length = order.u32_at(&fixed, 8).unwrap_or_default();
            (12, 0, None, length, length)
        };
        let interface = *self.interfaces.get(number as usize).ok_or_else(|| damaged("no such interface"))?;
        // A simple block says how long the frame was, and the interface how much of it was kept.
        let kept = match (kind, interface.snap) {
            (3, snap) if snap > 0 => kept.min(snap),
            _ => kept,
        } as usize;
        if kept > total.saturating_sub(at + 4) {
            return Err(damaged("a frame longer than its block"));
        }
        let time = time.and_then(|time| interface.nanoseconds(time));
        Ok(Some(Found { time, interface: number, link: interface.link, length, kept, at }))
    }
}

impl Interface {
    fn nanoseconds(self, time: u64) -> Option<i64> {
        let nanoseconds = match self.units {
            1_000_000 => i64::try_from(time).ok()?.checked_mul(1000)?,
            1_000_000_000 => i64::try_from(time).ok()?,
            units => i64::try_from(u128::from(time).checked_mul(1_000_000_000)? / units).ok()?,
        };
        nanoseconds.checked_add(self.offset.checked_mul(1_000_000_000)?)
    }
}

/// An interface description with its resolution and offset; none where it ends too early.
fn interface(order: Order, block: &[u8]) -> Option<Interface> {
    let link = u32::from(order.u16_at(block, 8)?).into();
    let snap = order.u32_at(block, 12)?;
    let mut found = Interface { link, snap, units: 1_000_000, offset: 0 };
    let mut options = block.get(16..block.len().checked_sub(4)?)?;
    while let (Some(code), Some(length)) = (order.u16_at(options, 0), order.u16_at(options, 2)) {
        let length = usize::from(length);
        let value = options.get(4..4 + length)?;
        match (code, value) {
            (0, _) => break,
            // if_tsresol: a power of ten, or of two.
            (9, [power]) if power & 0x80 == 0 => found.units = 10_u128.checked_pow((*power).into())?,
            (9, [power]) => found.units = 1_u128.checked_shl(u32::from(power & 0x7f))?,
            (14, _) => {
                let halves = [order.u32_at(value, 0)?, order.u32_at(value, 4)?].map(u64::from);
                let [first, second] = halves;
                found.offset = match order {
                    Order::Big => first << 32 | second,
                    Order::Little => second << 32 | first,
                } as i64;
            }
            _ => {}
        }
        options = options.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(found)
}
