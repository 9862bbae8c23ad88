use std::time::Duration;

use proptest::prelude::*;

use super::*;
use arp::ArpKind;
use icmp::Icmp;

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];

fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend(MAC);
    frame.extend(kind.to_be_bytes());
    frame.extend(payload);
    frame
}

fn arp(operation: u8, sender: [u8; 4], target: [u8; 4]) -> Vec<u8> {
    let mut message = vec![0, 1, 8, 0, 6, 4, 0, operation];
    message.extend(MAC);
    message.extend(sender);
    message.extend([0; 6]);
    message.extend(target);
    message
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let total = (20 + payload.len()) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend(total.to_be_bytes());
    packet.extend([0, 0, 0, 0, 255, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 9]);
    packet.extend(payload);
    packet
}

fn ipv6(hops: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((payload.len() as u16).to_be_bytes());
    packet.extend([58, hops, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    packet.extend([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    packet.extend(payload);
    packet
}

fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let mut datagram = source.to_be_bytes().to_vec();
    datagram.extend(destination.to_be_bytes());
    datagram.extend((8 + payload.len() as u16).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    datagram
}

fn message(bytes: &[u8]) -> Message<'_> {
    read(LinkType::Ethernet, bytes).expect("a frame").message
}

#[test]
fn the_kinds_of_arp_are_told_apart() {
    let (one, two, none) = ([192, 0, 2, 1], [192, 0, 2, 2], [0; 4]);
    for (operation, sender, target, kind) in [
        (1, one, two, ArpKind::Request),
        (2, one, two, ArpKind::Reply),
        (1, none, two, ArpKind::Probe),
        (1, one, one, ArpKind::Announcement),
        (2, one, one, ArpKind::Announcement),
    ] {
        match message(&ethernet(0x0806, &arp(operation, sender, target))) {
            Message::Arp(arp) => assert_eq!((arp.kind, arp.sender_mac), (kind, Mac(MAC))),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(message(&ethernet(0x0806, &arp(8, one, two))), Message::Other);
}

#[test]
fn tags_are_looked_past() {
    let mut tagged = vec![0, 5, 0x81, 0, 0, 7, 8, 6];
    tagged.extend(arp(2, [192, 0, 2, 1], [192, 0, 2, 2]));
    let frame = ethernet(0x88a8, &tagged);
    let frame = read(LinkType::Ethernet, &frame).expect("a frame");
    assert_eq!(frame.vlan, Some(7));
    assert!(matches!(frame.message, Message::Arp(_)));
}

#[test]
fn an_advertisement_is_read_with_its_options() {
    let mut said = vec![134, 0, 0, 0, 64, 0x48, 7, 8];
    said.extend([0; 8]);
    said.extend([1, 1]);
    said.extend(MAC);
    said.extend([5, 1, 0, 0, 0, 0, 5, 0xdc]);
    said.extend([3, 4, 64, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    said.extend("2001:db8::".parse::<std::net::Ipv6Addr>().expect("one").octets());
    said.extend([25, 3, 0, 0, 0, 0, 0, 9]);
    said.extend("2001:db8::53".parse::<std::net::Ipv6Addr>().expect("one").octets());
    said.extend(b"\x1f\x02\0\0\0\0\0\x09\x03lan\0\0\0\0");
    let frame = ethernet(0x86dd, &ipv6(255, &said));
    match message(&frame) {
        Message::Icmp(Icmp::RouterAdvertisement(said)) => {
            assert_eq!(said.lifetime, Duration::from_secs(1800));
            assert_eq!((said.preference, said.managed, said.other), (1, false, true));
            assert_eq!(said.mac, Some(Mac(MAC)));
            assert_eq!(said.mtu, Some(1500));
            assert_eq!(said.prefixes, [("2001:db8::".parse().expect("one"), 64)]);
            assert_eq!(said.resolvers, ["2001:db8::53".parse::<std::net::Ipv6Addr>().expect("one")]);
            assert_eq!(said.domains, ["lan"]);
        }
        other => panic!("{other:?}"),
    }
    // From beyond the link: RFC 4861, 6.1.2.
    assert_eq!(message(&ethernet(0x86dd, &ipv6(64, &said))), Message::Other);
    // An option of length 0 makes it void.
    assert!(
        read(LinkType::Ethernet, &ethernet(0x86dd, &ipv6(255, &[&said[..16], &[1, 0]].concat()))).is_err()
    );
}

#[test]
fn a_dhcp_offer_is_read() {
    let mut said = vec![2, 1, 6, 0];
    said.extend([0; 12]);
    said.extend([192, 0, 2, 50]);
    said.extend([0; 8]);
    said.extend([0; 16 + 64 + 128]);
    said.extend([0x63, 0x82, 0x53, 0x63, 53, 1, 2, 54, 4, 192, 0, 2, 1, 3, 4, 192, 0, 2, 1]);
    said.extend([6, 8, 192, 0, 2, 1, 192, 0, 2, 2, 51, 4, 0, 0, 14, 16, 252, 4]);
    said.extend(b"http\xff");
    let frame = ethernet(0x0800, &ipv4(17, &udp(67, 68, &said)));
    match message(&frame) {
        Message::Dhcp4(said) => {
            assert_eq!(said.server, Some([192, 0, 2, 1].into()));
            assert_eq!(said.routers, [std::net::Ipv4Addr::new(192, 0, 2, 1)]);
            assert_eq!(said.resolvers.len(), 2);
            assert_eq!((said.lease, said.wpad.as_deref()), (Some(3600), Some("http")));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn redirects_and_standbys_are_read() {
    let mut redirect = vec![5, 1, 0, 0, 192, 0, 2, 66];
    redirect.extend(ipv4(6, &[]));
    match message(&ethernet(0x0800, &ipv4(1, &redirect))) {
        Message::Icmp(Icmp::Redirect(said)) => {
            assert_eq!(
                (said.via.to_string(), said.destination.to_string()),
                ("192.0.2.66".into(), "192.0.2.9".into())
            );
        }
        other => panic!("{other:?}"),
    }
    for (bytes, protocol, address) in [
        (vec![0x31, 7, 100, 1, 0, 100, 0, 0, 192, 0, 2, 1], VirtualProtocol::Vrrp, Some("192.0.2.1")),
        ([&[0x21, 7, 100, 7, 0, 1, 0, 0][..], &[0; 28]].concat(), VirtualProtocol::Carp, None),
    ] {
        match message(&ethernet(0x0800, &ipv4(112, &bytes))) {
            Message::Standby(said) => {
                assert_eq!((said.protocol, said.group), (protocol, 7));
                assert_eq!(said.address.map(|one| one.to_string()).as_deref(), address);
            }
            other => panic!("{other:?}"),
        }
    }
    let hello = [&[0, 0, 16, 3, 10, 100, 4, 0][..], b"cisco\0\0\0", &[192, 0, 2, 1]].concat();
    assert!(matches!(
        message(&ethernet(0x0800, &ipv4(17, &udp(1985, 1985, &hello)))),
        Message::Standby(standby::Standby { protocol: VirtualProtocol::Hsrp, group: 4, .. })
    ));
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200), link in 0_u32..300) {
        let _ = read(link.into(), &bytes);
    }

    #[test]
    fn no_payload_breaks_it(
        payload in prop::collection::vec(any::<u8>(), 0..300),
        port in prop::sample::select(vec![67_u16, 547, 5353, 5355, 137, 1985]),
        kind in 133_u8..138,
    ) {
        let _ = read(LinkType::Ethernet, &ethernet(0x0800, &ipv4(17, &udp(port, 68, &payload))));
        let _ = read(LinkType::Ethernet, &ethernet(0x0800, &ipv4(112, &payload)));
        let _ = read(LinkType::Ethernet, &ethernet(0x86dd, &ipv6(255, &[&[kind, 0, 0, 0], &payload[..]].concat())));
        let _ = dhcp::v6(&payload);
        let _ = standby::hsrp(&payload);
    }
}
