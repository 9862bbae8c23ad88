//! The older format: one header, one interface, and a record for each frame.

use std::io::Read;

use super::buffer::Buffer;
use super::{CaptureError, Captured, MAX_BLOCK, Order};
use crate::link::LinkType;

pub(super) struct Pcap {
    order: Order,
    /// Nanoseconds in one unit of a record's fraction.
    unit: i64,
    link: LinkType,
}

impl Pcap {
    pub(super) fn begin<R: Read>(buffer: &mut Buffer<R>) -> Result<Self, CaptureError> {
        let Some(header) = buffer.take(24)? else { return Err(CaptureError::Format) };
        let (order, unit) = match header.first_chunk() {
            Some([0xa1, 0xb2, 0xc3, 0xd4]) => (Order::Big, 1000),
            Some([0xd4, 0xc3, 0xb2, 0xa1]) => (Order::Little, 1000),
            Some([0xa1, 0xb2, 0x3c, 0x4d]) => (Order::Big, 1),
            Some([0x4d, 0x3c, 0xb2, 0xa1]) => (Order::Little, 1),
            _ => return Err(CaptureError::Format),
        };
        let link = order.u32_at(header, 20).unwrap_or_default().into();
        Ok(Pcap { order, unit, link })
    }

    pub(super) fn next<'a, R: Read>(
        &self,
        buffer: &'a mut Buffer<R>,
    ) -> Result<Option<Captured<'a>>, CaptureError> {
        let offset = buffer.offset();
        let Some(header) = buffer.peek::<16>()? else { return Ok(None) };
        let field = |at| self.order.u32_at(&header, at).unwrap_or_default();
        let (seconds, fraction, kept, length) = (field(0), field(4), field(8), field(12));
        if kept as usize > MAX_BLOCK {
            return Err(CaptureError::TooLarge { offset, length: kept.into() });
        }
        let Some(record) = buffer.take(16 + kept as usize)? else { return Ok(None) };
        let time = i64::from(seconds) * 1_000_000_000 + i64::from(fraction) * self.unit;
        let bytes = record.get(16..).unwrap_or_default();
        Ok(Some(Captured { time: Some(time), interface: 0, link: self.link, bytes, length }))
    }
}
