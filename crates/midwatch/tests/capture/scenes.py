"""Writes one capture for each scene into the directory that is named, with scapy's own encoders."""

import sys

from scapy.all import (
    ARP, BOOTP, DHCP, DNS, DNSQR, DNSRR, HSRP, ICMP, ICMPv6MLReport, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA,
    ICMPv6ND_Redirect, ICMPv6NDOptDstLLAddr, ICMPv6NDOptPrefixInfo, ICMPv6NDOptRDNSS, ICMPv6NDOptRouteInfo,
    ICMPv6NDOptSrcLLAddr, IP, IPv6, LLMNRQuery, LLMNRResponse, NBNSHeader, NBNSQueryResponse, NBNS_ADD_ENTRY, TCP, UDP,
    VRRP, VRRPv3, Dot1Q, Ether, DHCP6_Advertise, DHCP6OptServerId, DHCP6OptDNSServers, DUID_LL, wrpcap,
)

ROUTER, HOST, THIRD = "02:00:00:00:00:01", "02:00:00:00:00:20", "06:00:00:00:00:66"
G, H, T = "192.168.1.1", "192.168.1.20", "192.168.1.66"
BROADCAST = "ff:ff:ff:ff:ff:ff"
START = 1_760_000_000
scenes = {}


def scene(name):
    """The frames of a function, each after the seconds that stand before it."""

    def keep(make):
        frames = []
        for second, frame in make():
            frame = Ether(bytes(frame))
            frame.time = START + second
            frames.append(frame)
        scenes[name] = sorted(frames, key=lambda frame: frame.time)
        return make

    return keep


def has(mac, ip, to, dst=BROADCAST):
    """An ARP reply: `mac` has `ip`."""
    return Ether(src=mac, dst=dst) / ARP(op=2, hwsrc=mac, psrc=ip, hwdst=dst, pdst=to)


def asks(mac, ip, target):
    """An ARP request."""
    return Ether(src=mac, dst=BROADCAST) / ARP(op=1, hwsrc=mac, psrc=ip, pdst=target)


def offer(mac, server, router, resolver, more=()):
    """A DHCP offer."""
    options = [("message-type", "offer"), ("server_id", server), ("router", router), ("name_server", resolver), *more]
    return (
        Ether(src=mac, dst=BROADCAST) / IP(src=server, dst="255.255.255.255") / UDP(sport=67, dport=68)
        / BOOTP(op=2, yiaddr="192.168.1.50", chaddr=bytes(6)) / DHCP(options=[*options, "end"])
    )


def advertises(mac, address, prefix, resolver=None, lifetime=1800, prf=0):
    """A router advertisement."""
    frame = (
        Ether(src=mac, dst="33:33:00:00:00:01") / IPv6(src=address, dst="ff02::1", hlim=255)
        / ICMPv6ND_RA(routerlifetime=lifetime, prf=prf) / ICMPv6NDOptSrcLLAddr(lladdr=mac)
    )
    if prefix:
        frame /= ICMPv6NDOptPrefixInfo(prefix=prefix, prefixlen=64)
    if resolver:
        frame /= ICMPv6NDOptRDNSS(dns=[resolver], lifetime=1800)
    return frame


def quiet(seconds=600):
    """What an ordinary network says: a router of both families, a host, its name, its connections."""
    link = "fe80::1"
    yield 0, Ether(src=HOST, dst=BROADCAST) / ARP(op=1, hwsrc=HOST, psrc="0.0.0.0", pdst=H)
    yield 0.1, offer(ROUTER, G, G, G)
    yield 0.2, asks(HOST, H, H)
    for second in range(1, seconds, 20):
        yield second, asks(HOST, H, G)
        yield second + 0.1, has(ROUTER, G, H, HOST)
        yield second + 0.2, Ether(src=HOST, dst=ROUTER) / IP(src=H, dst="198.51.100.7") / TCP(dport=443)
        yield second + 0.3, advertises(ROUTER, link, "2001:db8:1::", link)
        yield second + 0.4, (
            Ether(src=HOST, dst=ROUTER) / IPv6(src="2001:db8:1::20", dst=link, hlim=255)
            / ICMPv6ND_NS(tgt=link) / ICMPv6NDOptSrcLLAddr(lladdr=HOST)
        )
        yield second + 0.5, (
            Ether(src=ROUTER, dst=HOST) / IPv6(src=link, dst="2001:db8:1::20", hlim=255)
            / ICMPv6ND_NA(tgt=link, R=1, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=ROUTER)
        )
        yield second + 0.6, (
            Ether(src=HOST, dst="01:00:5e:00:00:fb") / IP(src=H, dst="224.0.0.251") / UDP(sport=5353, dport=5353)
            / DNS(qr=1, aa=1, an=DNSRR(rrname="laptop.local", rdata=H, ttl=120))
        )
        # A border router of a Thread network: no default router, no resolver, a route alone.
        yield second + 0.7, (
            Ether(src=THIRD, dst="33:33:00:00:00:01") / IPv6(src="fe80::77", dst="ff02::1", hlim=255)
            / ICMPv6ND_RA(routerlifetime=0) / ICMPv6NDOptRouteInfo(prefix="fd00:7::", plen=64)
        )


@scene("quiet")
def _():
    yield from quiet()


@scene("contested")
def _():
    yield from quiet()
    for second in range(100, 400, 5):
        yield second, has(THIRD, G, H, HOST)
        yield second + 0.1, has(THIRD, H, G, ROUTER)
    yield 100.5, asks(THIRD, T, G)


@scene("once")
def _():
    yield from quiet()
    yield 100, has(THIRD, G, H, HOST)


@scene("replaced")
def _():
    for second, frame in quiet():
        if second < 300 or ARP not in frame or frame[ARP].psrc != G:
            yield second, frame
    for second in range(310, 600, 20):
        yield second, has("0a:00:00:00:00:09", G, H, HOST)


@scene("contested-v6")
def _():
    yield from quiet()
    for second in range(100, 400, 5):
        yield second, (
            Ether(src=THIRD, dst=HOST) / IPv6(src="fe80::1", dst="2001:db8:1::20", hlim=255)
            / ICMPv6ND_NA(tgt="fe80::1", R=1, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=THIRD)
        )


@scene("anycast")
def _():
    """Answers that do not override displace nobody (RFC 4861 7.2.7)."""
    yield from quiet()
    for second in range(100, 400, 5):
        yield second, (
            Ether(src=THIRD, dst=HOST) / IPv6(src="fe80::66", dst="2001:db8:1::20", hlim=255)
            / ICMPv6ND_NA(tgt="fe80::1", R=0, S=1, O=0) / ICMPv6NDOptDstLLAddr(lladdr=THIRD)
        )


@scene("vrrp")
def _():
    """Two routers share an address and one takes over: their virtual link-layer address stays."""
    virtual, shared = "00:00:5e:00:01:07", "192.168.1.254"
    yield 0, offer(ROUTER, G, shared, shared)
    for second in range(1, 300):
        source = (ROUTER, G) if second < 150 else ("0a:00:00:00:00:09", "192.168.1.2")
        yield second, (
            Ether(src=virtual, dst="01:00:5e:00:00:12") / IP(src=source[1], dst="224.0.0.18", ttl=255, proto=112)
            / VRRPv3(vrid=7, priority=100, addrlist=[shared])
        )
        yield second + 0.1, has(virtual, shared, H, HOST)


@scene("hsrp-real-macs")
def _():
    """Routers that answer with their own link-layer addresses: one change, announced."""
    shared = "192.168.1.254"
    yield 0, offer(ROUTER, G, shared, shared)
    for second in range(1, 300):
        mac = ROUTER if second < 150 else "0a:00:00:00:00:09"
        yield second, (
            Ether(src=mac, dst="01:00:5e:00:00:02") / IP(src=G, dst="224.0.0.2", ttl=1)
            / UDP(sport=1985, dport=1985) / HSRP(group=4, virtualIP=shared)
        )
        yield second + 0.1, has(mac, shared, H, HOST)


@scene("proxy-arp")
def _():
    """A router that answers for everybody, and says so from the beginning."""
    yield from quiet()
    for number in range(100, 140):
        yield number, has(ROUTER, f"192.168.1.{number}", H, HOST)


@scene("dhcp")
def _():
    yield from quiet()
    yield 200, offer(THIRD, T, T, T)


@scene("dhcp-failover")
def _():
    yield from quiet()
    yield 200, offer("0a:00:00:00:00:09", "192.168.1.2", G, G)


@scene("dhcp-relayed")
def _():
    yield from quiet()
    frame = offer("0a:00:00:00:00:09", G, G, G)
    frame[BOOTP].giaddr = "192.168.1.2"
    yield 200, frame


@scene("dhcp-vlans")
def _():
    yield from quiet()
    other = offer(THIRD, "10.0.0.1", "10.0.0.1", "10.0.0.1")
    yield 200, Ether(src=THIRD, dst=BROADCAST) / Dot1Q(vlan=7) / other.payload


@scene("dhcp6")
def _():
    yield from quiet()
    for mac, resolver in ((ROUTER, "2001:db8:1::53"), (THIRD, "fe80::66")):
        yield 200, (
            Ether(src=mac, dst=HOST) / IPv6(src="fe80::66", dst="fe80::20") / UDP(sport=547, dport=546)
            / DHCP6_Advertise(trid=7) / DHCP6OptServerId(duid=DUID_LL(lladdr=mac)) / DHCP6OptDNSServers(dnsservers=[resolver])
        )


@scene("ra")
def _():
    yield from quiet()
    for second in range(200, 230, 3):
        yield second, advertises(THIRD, "fe80::66", "2001:db8:66::", "fe80::66", prf=1)


@scene("ra-alone")
def _():
    """A network of IPv4 on which somebody else begins with IPv6."""
    yield from ((second, frame) for second, frame in quiet() if IPv6 not in frame)
    yield 200, advertises(THIRD, "fe80::66", "2001:db8:66::", "fe80::66")


@scene("redirect")
def _():
    yield from quiet()
    yield 200, (
        Ether(src=THIRD, dst=HOST) / IP(src=G, dst=H) / ICMP(type=5, code=1, gw=T)
        / IP(src=H, dst="198.51.100.7") / TCP(dport=443)
    )
    yield 210, (
        Ether(src=ROUTER, dst=HOST) / IPv6(src="fe80::1", dst="2001:db8:1::20", hlim=255)
        / ICMPv6ND_Redirect(tgt="2001:db8:1::9", dst="2001:db8:1::9") / ICMPv6NDOptDstLLAddr(lladdr=THIRD)
    )


@scene("names")
def _():
    yield from quiet()
    for number, name in enumerate(["fileserver", "prnter", "intranett", "share", "wpad"]):
        yield 200 + number, (
            Ether(src=THIRD, dst=HOST) / IP(src=T, dst=H) / UDP(sport=5355, dport=50000)
            / LLMNRResponse(id=1, qr=1, qd=DNSQR(qname=name), an=DNSRR(rrname=name, rdata=T, ttl=30))
        )
        yield 200 + number, (
            Ether(src=THIRD, dst=HOST) / IP(src=T, dst=H) / UDP(sport=137, dport=137)
            / NBNSHeader() / NBNSQueryResponse(RR_NAME=name.upper(), ADDR_ENTRY=[NBNS_ADD_ENTRY(NB_ADDRESS=T)])
        )


@scene("wpad-dhcp")
def _():
    yield from ((second, frame) for second, frame in quiet() if DHCP not in frame)
    yield 0.1, offer(ROUTER, G, G, G, [(252, b"http://192.168.1.1/wpad.dat\n")])


for name, frames in scenes.items():
    wrpcap(f"{sys.argv[1]}/{name}.pcap", frames)
