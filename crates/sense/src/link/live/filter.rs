//! The filter in front of a packet socket: a program of the classic Berkeley Packet Filter that passes ARP, neighbour
//! discovery, DHCP answers, redirects, answers about names and routers that stand in for each other, of one interface.

use socket2::SockFilter;

/// Instructions (linux/bpf_common.h): loads of a word, half word and byte at an offset; the length of the IPv4 header
/// into X; loads at X; jumps where equal and where bits are set; the end.
const LD_W: u16 = 0x20;
const LD_H: u16 = 0x28;
const LD_B: u16 = 0x30;
const LDX_IP: u16 = 0xb1;
const LD_H_X: u16 = 0x48;
const LD_B_X: u16 = 0x50;
const JEQ: u16 = 0x15;
const JSET: u16 = 0x45;
const RET: u16 = 0x06;

/// Where the kernel shows the number of the interface: SKF_AD_OFF + SKF_AD_IFINDEX.
const INTERFACE: u32 = 0xffff_f000 + 8;

/// A line of the program, with its jumps by name.
#[derive(Clone, Copy)]
enum Line {
    /// Does something with a value.
    Do(u16, u32),
    /// Goes there where the value is equal, or where bits of it are set.
    If(u16, u32, Label),
    /// Goes there.
    Else(Label),
    /// A place to go to.
    At(Label),
    /// Passes the frame, or does not.
    End(bool),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Pass,
    Drop,
    Own,
    V4,
    Udp4,
    Icmp4,
    V6,
    Udp6,
}

/// Nothing passes.
pub(super) fn nothing() -> Vec<SockFilter> {
    assemble(&[Line::End(false)])
}

/// What this module looks for passes, of one interface.
pub(super) fn of(interface: u32) -> Vec<SockFilter> {
    use Label::*;
    use Line::*;
    assemble(&[
        Do(LD_W, INTERFACE),
        If(JEQ, interface, Own),
        Else(Drop),
        At(Own),
        Do(LD_H, 12),
        If(JEQ, 0x0806, Pass),
        If(JEQ, 0x0800, V4),
        If(JEQ, 0x86dd, V6),
        Else(Drop),
        At(V4),
        Do(LD_B, 23),
        If(JEQ, 112, Pass),
        If(JEQ, 17, Udp4),
        If(JEQ, 1, Icmp4),
        Else(Drop),
        At(Udp4),
        // No later fragment: it has no ports.
        Do(LD_H, 20),
        If(JSET, 0x1fff, Drop),
        Do(LDX_IP, 14),
        Do(LD_H_X, 14),
        If(JEQ, 67, Pass),
        If(JEQ, 5353, Pass),
        If(JEQ, 5355, Pass),
        If(JEQ, 137, Pass),
        Do(LD_H_X, 16),
        If(JEQ, 1985, Pass),
        Else(Drop),
        At(Icmp4),
        Do(LDX_IP, 14),
        Do(LD_B_X, 14),
        // A redirect.
        If(JEQ, 5, Pass),
        Else(Drop),
        At(V6),
        Do(LD_B, 20),
        If(JEQ, 58, Pass),
        If(JEQ, 112, Pass),
        // Extension headers are taken apart later.
        If(JEQ, 0, Pass),
        If(JEQ, 17, Udp6),
        Else(Drop),
        At(Udp6),
        Do(LD_H, 54),
        If(JEQ, 547, Pass),
        If(JEQ, 5353, Pass),
        If(JEQ, 5355, Pass),
        Else(Drop),
        At(Pass),
        End(true),
        At(Drop),
        End(false),
    ])
}

/// Turns names into distances. All jumps lead forward.
fn assemble(lines: &[Line]) -> Vec<SockFilter> {
    let is_code = |line: &&Line| !matches!(line, Line::At(_));
    let place = |wanted: Label| {
        let at = lines.iter().position(|line| matches!(line, Line::At(label) if *label == wanted));
        lines.iter().take(at.unwrap_or(0)).filter(is_code).count()
    };
    let mut program = Vec::new();
    for line in lines {
        let next = program.len() + 1;
        let distance = |label: Label| u8::try_from(place(label).saturating_sub(next)).unwrap_or(u8::MAX);
        program.push(match *line {
            Line::At(_) => continue,
            Line::Do(code, value) => SockFilter::new(code, 0, 0, value),
            Line::If(code, value, label) => SockFilter::new(code, distance(label), 0, value),
            // JA takes its distance as a value.
            Line::Else(label) => SockFilter::new(0x05, 0, 0, u32::from(distance(label))),
            Line::End(pass) => SockFilter::new(RET, 0, 0, if pass { 0x4_0000 } else { 0 }),
        });
    }
    program
}
