"""Elements of networks of every kind, built by Scapy: python3 networks.py > networks.txt (Scapy 2.6.1).

A line for each: its name, the capability field, the elements, both in hexadecimal."""

from scapy.layers.dot11 import (
    AKMSuite,
    Dot11Elt,
    Dot11EltMicrosoftWPA,
    Dot11EltRates,
    Dot11EltRSN,
    Dot11EltVendorSpecific,
    PMKIDListPacket,
    RSNCipherSuite,
)

CCMP, TKIP, WEP104, GCMP256 = 4, 2, 5, 9
ESS, PRIVACY = 0x01, 0x10


def suite(number, oui=0x000FAC):
    return RSNCipherSuite(oui=oui, cipher=number)


def rsn(key_management, pairwise=(CCMP,), group=CCMP, capable=0, required=0, management=None, keys=0):
    akms = [AKMSuite(oui=0x000FAC, suite=number) for number in key_management]
    more = {}
    if keys or management is not None:
        known = PMKIDListPacket(nb_pmkids=keys, pmkid_list=[bytes(16)] * keys)
        more["pmkids"] = known
    if management is not None:
        more["group_management_cipher_suite"] = suite(management)
    return Dot11EltRSN(
        group_cipher_suite=suite(group),
        pairwise_cipher_suites=[suite(number) for number in pairwise],
        akm_suites=akms,
        mfp_capable=capable,
        mfp_required=required,
        **more,
    )


def wpa(key_management=2, pairwise=(TKIP,), group=TKIP):
    return Dot11EltMicrosoftWPA(
        group_cipher_suite=suite(group, 0x0050F2),
        pairwise_cipher_suites=[suite(number, 0x0050F2) for number in pairwise],
        akm_suites=[AKMSuite(oui=0x0050F2, suite=key_management)],
    )


def owe(name):
    value = bytes([0x1C, 2, 0, 0, 0, 0, 9, len(name)]) + name
    return Dot11EltVendorSpecific(oui=0x506F9A, info=value)


def rsn_extension(bits):
    return Dot11Elt(ID=244, info=bytes([bits]))


NETWORKS = [
    ("open", ESS, []),
    ("owe-transition-open", ESS, [owe(b"cafe-owe")]),
    ("owe", ESS | PRIVACY, [rsn([18], capable=1, required=1)]),
    ("owe-transition-owe", ESS | PRIVACY, [rsn([18], capable=1, required=1), owe(b"cafe")]),
    ("wep", ESS | PRIVACY, []),
    ("wpa", ESS | PRIVACY, [wpa()]),
    ("wpa-enterprise", ESS | PRIVACY, [wpa(key_management=1)]),
    ("wpa-wpa2", ESS | PRIVACY, [rsn([2], pairwise=(CCMP, TKIP), group=TKIP), wpa(pairwise=(TKIP, CCMP))]),
    ("wpa2", ESS | PRIVACY, [rsn([2])]),
    ("wpa2-tkip", ESS | PRIVACY, [rsn([2], pairwise=(TKIP,), group=TKIP)]),
    ("wpa2-ft", ESS | PRIVACY, [rsn([2, 4])]),
    ("wpa2-sha256", ESS | PRIVACY, [rsn([6], capable=1, required=1)]),
    ("wpa2-keys", ESS | PRIVACY, [rsn([2], capable=1, keys=2, management=6)]),
    ("wpa2-enterprise", ESS | PRIVACY, [rsn([1, 3])]),
    ("wpa2-wpa3", ESS | PRIVACY, [rsn([2, 6, 8], capable=1)]),
    ("wpa3", ESS | PRIVACY, [rsn([8], capable=1, required=1), rsn_extension(0x20)]),
    ("wpa3-ft", ESS | PRIVACY, [rsn([8, 9, 24, 25], pairwise=(CCMP, GCMP256), capable=1, required=1, management=6)]),
    ("wpa3-enterprise", ESS | PRIVACY, [rsn([5], capable=1, required=1)]),
    ("wpa2-wpa3-enterprise", ESS | PRIVACY, [rsn([1, 5], capable=1)]),
    ("wpa3-enterprise-192", ESS | PRIVACY, [rsn([12], (GCMP256,), GCMP256, 1, 1, management=12)]),
]

if __name__ == "__main__":
    for name, capability, elements in NETWORKS:
        frame = Dot11Elt(ID=0, info=b"cafe") / Dot11EltRates(rates=[0x82, 0x84])
        for element in elements:
            frame = frame / element
        print(name, f"{capability:04x}", bytes(frame).hex())
