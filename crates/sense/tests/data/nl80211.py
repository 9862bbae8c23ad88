"""Messages as the kernel would send them, put together by pyroute2: python3 nl80211.py > nl80211.txt (pyroute2 0.9.5).

A line for each: the question that it answers (with the number of the interface), and the body of the message in
hexadecimal. The elements are those of networks.txt in crates/wire/tests/data, which Scapy built. Where pyroute2 can
read a value and not write it, its bytes are given; where an attribute is and how it is nested is pyroute2's."""

import pathlib
import struct

from pyroute2.netlink import ctrlmsg
from pyroute2.netlink.nl80211 import nl80211cmd

# Values that pyroute2 only reads.
raw = {
    "NL80211_BSS_BSSID",
    "NL80211_BSS_CAPABILITY",
    "NL80211_BSS_INFORMATION_ELEMENTS",
    "NL80211_BSS_SIGNAL_MBM",
    "NL80211_BSS_BEACON_IES",
    "NL80211_STA_INFO_STA_FLAGS",
}
for of in (nl80211cmd.bss, nl80211cmd.STAInfo):
    of.nla_map = tuple((name, "cdata" if name in raw else kind) for name, kind in of.nla_map)
# A name is no text.
nl80211cmd.nla_map = tuple(
    (name, "cdata" if name == "NL80211_ATTR_SSID" else kind) for name, kind in nl80211cmd.nla_map
)

wire = pathlib.Path(__file__).parents[3] / "wire/tests/data/networks.txt"
NETWORKS = {}
for line in wire.read_text().splitlines():
    name, capability, elements = line.split(" ")
    NETWORKS[name] = (int(capability, 16), bytes.fromhex(elements))


def body(message, command, attributes):
    message["cmd"], message["version"] = command, 1
    message["attrs"] = attributes
    message.encode()
    # After nlmsghdr.
    return bytes(message.data)[16:].hex()


def family(number, name):
    attributes = [("CTRL_ATTR_FAMILY_ID", number), ("CTRL_ATTR_FAMILY_NAME", name), ("CTRL_ATTR_VERSION", 1)]
    return body(ctrlmsg(), 1, attributes)


def interface(index, name, kind, ssid=None):
    attributes = [
        ("NL80211_ATTR_IFINDEX", index),
        ("NL80211_ATTR_IFNAME", name),
        ("NL80211_ATTR_WIPHY", 0),
        ("NL80211_ATTR_IFTYPE", kind),
        ("NL80211_ATTR_MAC", "02:00:00:00:0a:01"),
    ]
    if ssid is not None:
        attributes.append(("NL80211_ATTR_SSID", ssid))
    return body(nl80211cmd(), 7, attributes)


def bss(address, network, frequency=2437, signal=-5500, age=120, status=None, ssid=None):
    capability, elements = NETWORKS[network]
    if ssid is not None:
        elements = bytes([0, len(ssid)]) + ssid + elements[6:]
    attributes = [
        ("NL80211_BSS_BSSID", bytes.fromhex(address.replace(":", ""))),
        ("NL80211_BSS_FREQUENCY", frequency),
        ("NL80211_BSS_BEACON_INTERVAL", 100),
        ("NL80211_BSS_CAPABILITY", struct.pack("=H", capability)),
        ("NL80211_BSS_INFORMATION_ELEMENTS", elements),
        ("NL80211_BSS_SIGNAL_MBM", struct.pack("=i", signal)),
        ("NL80211_BSS_SEEN_MS_AGO", age),
    ]
    if status is not None:
        attributes.append(("NL80211_BSS_STATUS", status))
    return body(
        nl80211cmd(),
        34,
        [("NL80211_ATTR_GENERATION", 7), ("NL80211_ATTR_IFINDEX", 3), ("NL80211_ATTR_BSS", {"attrs": attributes})],
    )


def station(address, mask, flags):
    info = [("NL80211_STA_INFO_STA_FLAGS", struct.pack("=II", mask, flags))]
    attributes = [
        ("NL80211_ATTR_IFINDEX", 3),
        ("NL80211_ATTR_MAC", address),
        ("NL80211_ATTR_STA_INFO", {"attrs": info}),
    ]
    return body(nl80211cmd(), 19, attributes)


ASSOCIATED = 1
FRAMES_PROTECTED, PEER = 1 << 4, 1 << 6

if __name__ == "__main__":
    print("family", family(16, "nlctrl"))
    print("family", family(29, "nl80211"))
    print("interfaces", interface(4, "wlan1", 2))
    print("interfaces", interface(3, "wlan0", 2, b"cafe"))
    print("interfaces", interface(5, "ap0", 3, b"mine"))
    print("scan3", bss("02:00:00:00:00:01", "wpa2-wpa3", 5180, -5550, 40, ASSOCIATED))
    print("scan3", bss("02:00:00:00:00:02", "wpa2-wpa3", age=2500))
    print("scan3", bss("12:34:56:00:00:03", "open", age=9100, signal=-3000))
    print("scan3", bss("12:34:56:00:00:04", "wep", ssid=b"another"))
    print("scan3", bss("12:34:56:00:00:05", "wpa3", ssid=b""))
    print("scan4", bss("12:34:56:00:00:06", "open", ssid=b"\xff\x1b]0;x\x07"))
    print("stations3", station("02:00:00:00:00:77", FRAMES_PROTECTED | PEER, PEER))
    print("stations3", station("02:00:00:00:00:01", FRAMES_PROTECTED | PEER, FRAMES_PROTECTED))
