"""What midwatch and its peers say of a server, in the same words.

A fact is a triple: its kind, the protocol version that it belongs to (`any` where the tool tells none), and
what was found. Cipher suites go by their names in IANA's registry, groups by theirs in lower case.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
import subprocess
import xml.etree.ElementTree as xml
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Fact = tuple[str, str, str]
ANY = "any"


@functools.cache
def registered() -> dict[int, str]:
    """The registered names of the suites that OpenSSL knows, by their numbers."""
    # Those of TLS 1.3 with CCM are not listed unless they are named.
    newest = "AES_256_GCM_SHA384 CHACHA20_POLY1305_SHA256 AES_128_GCM_SHA256 AES_128_CCM_SHA256 AES_128_CCM_8_SHA256"
    named = ":".join(f"TLS_{name}" for name in newest.split())
    command = ["openssl", "ciphers", "-V", "-stdname", "-ciphersuites", named, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = re.findall(r"0x(..),0x(..) - (\S+) ", told)
    return {int(high + low, 16): name for high, low, name in found}


def suite(number: int) -> str:
    """The registered name of a suite, or its number where OpenSSL does not know it."""
    return registered().get(number, f"{number:#06x}")


def group(name: str) -> str:
    """The registered name of a group, from any of the names that the tools use."""
    name = name.split(" (")[0].lower().removeprefix("ecdh_")
    return {"prime256v1": "secp256r1", "prime192v1": "secp192r1"}.get(name, name)


def version(name: str) -> str:
    """The name of a version, from `TLSv1.2`, `tls_1_2`, `TLS1_2`, `tls1_2` and the like."""
    digits = re.findall(r"\d", name)
    if name.lower().startswith("ssl"):
        return f"SSLv{digits[0]}"
    return f"TLS {digits[0]}.{digits[1] if len(digits) > 1 else 0}"


def midwatch(report: Path) -> set[Fact]:
    """From `midwatch tls --format json`."""
    facts: set[Fact] = set()
    for seen in observations(json.loads(report.read_text())):
        if seen["kind"] == "tls-endpoint":
            facts |= set(midwatch_endpoint(seen))
        elif seen["kind"] == "certificate-chain":
            facts.add(("certificate", ANY, seen["certificates"][0]["sha256"]))
    return facts


def observations(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All observations in a report of midwatch's."""
    for target in report["targets"]:
        yield from target["observations"]


def midwatch_endpoint(endpoint: dict[str, Any]) -> Iterator[Fact]:
    """What midwatch says of one endpoint."""
    for one in endpoint["versions"]:
        if one["support"]["outcome"] == "seen":
            yield from midwatch_version(one["version"], one["support"]["value"])
    for feature in ("fallback_scsv", "secure_renegotiation", "extended_master_secret", "compression"):
        if endpoint[feature].get("value") is True:
            yield ("feature", ANY, feature)


def midwatch_version(name: str, seen: dict[str, Any]) -> Iterator[Fact]:
    """What midwatch says of one version."""
    yield ("version", ANY, name)
    for one in seen["suites"]:
        yield ("suite", name, one["name"])
        if known := (one["dh"] or {}).get("known_as"):
            yield ("group", ANY, group(known))
    for one in seen["groups"]:
        yield ("group", name, group(one))
        yield ("group", ANY, group(one))
    if seen["preference"] != "unknown":
        yield ("preference", name, seen["preference"])


def sslscan(report: Path) -> set[Fact]:
    """From `sslscan --xml`."""
    root = xml.parse(report).getroot()
    facts: set[Fact] = set()
    for one in root.iter("protocol"):
        if one.get("enabled") == "1":
            facts.add(("version", ANY, version(f"{one.get('type')}{one.get('version')}")))
    for one in root.iter("cipher"):
        facts.add(("suite", version(one.attrib["sslversion"]), suite(int(one.attrib["id"], 16))))
    for one in root.iter("group"):
        name = group(one.attrib["name"])
        facts |= {("group", version(one.attrib["sslversion"]), name), ("group", ANY, name)}
    features = {"fallback": "fallback_scsv", "renegotiation": "secure_renegotiation", "compression": "compression"}
    for element, feature in features.items():
        if any("1" in (one.get("secure"), one.get("supported")) for one in root.iter(element)):
            facts.add(("feature", ANY, feature))
    return facts


def nmap(report: Path) -> set[Fact]:
    """From `nmap --script ssl-enum-ciphers -oX`."""
    facts: set[Fact] = set()
    script = xml.parse(report).getroot().find(".//script[@id='ssl-enum-ciphers']")
    for one in script.findall("table") if script is not None else []:
        name = version(one.attrib["key"])
        facts.add(("version", ANY, name))
        for elem in one.iterfind("table[@key='ciphers']/table/elem[@key='name']"):
            # nmap's own name for the suites of TLS 1.3 has AKE where the registry has nothing.
            facts.add(("suite", name, (elem.text or "").replace("TLS_AKE_WITH_", "TLS_")))
        for elem in one.iterfind("table[@key='ciphers']/table/elem[@key='kex_info']"):
            # `dh 2048` and `rsa 2048` are sizes and no names.
            if " " not in (elem.text or " "):
                facts |= {("group", name, group(elem.text or "")), ("group", ANY, group(elem.text or ""))}
        for elem in one.iterfind("elem[@key='cipher preference']"):
            if elem.text in ("client", "server"):
                facts.add(("preference", name, elem.text))
    return facts


def sslyze(report: Path) -> set[Fact]:
    """From `sslyze --json_out`."""
    facts: set[Fact] = set()
    for server in json.loads(report.read_text())["server_scan_results"]:
        results = {name: one["result"] for name, one in server["scan_result"].items() if one.get("result")}
        for key, result in results.items():
            if key.endswith("_cipher_suites") and result["is_tls_version_supported"]:
                name = version(key)
                facts.add(("version", ANY, name))
                accepted = result["accepted_cipher_suites"]
                facts |= {("suite", name, one["cipher_suite"]["name"]) for one in accepted}
        curves = results["elliptic_curves"]["supported_curves"] or []
        facts |= {("group", ANY, group(one["name"])) for one in curves}
        features = {
            "fallback_scsv": results["tls_fallback_scsv"]["supports_fallback_scsv"],
            "secure_renegotiation": results["session_renegotiation"]["supports_secure_renegotiation"],
            "extended_master_secret": results["tls_extended_master_secret"]["supports_ems_extension"],
            "compression": results["tls_compression"]["supports_compression"],
        }
        facts |= {("feature", ANY, name) for name, has in features.items() if has}
        for deployment in results["certificate_info"]["certificate_deployments"]:
            leaf = deployment["received_certificate_chain"][0]
            facts.add(("certificate", ANY, digest(leaf["as_pem"])))
    return facts


def digest(pem: str) -> str:
    """The SHA-256 digest of a certificate."""
    body = "".join(line for line in pem.splitlines() if "-----" not in line)
    return hashlib.sha256(base64.b64decode(body)).hexdigest()


def testssl(report: Path) -> set[Fact]:
    """From `testssl.sh --jsonfile`."""
    facts: set[Fact] = set()
    for one in json.loads(report.read_text()):
        key, finding = one["id"], one["finding"]
        if re.fullmatch(r"(SSLv|TLS)\d(_\d)?", key) and finding.startswith("offered"):
            facts.add(("version", ANY, version(key)))
        elif found := re.fullmatch(r"cipher-(\w+)_x(\w+)", key):
            facts.add(("suite", version(found[1]), suite(int(found[2], 16))))
        elif key in ("PFS_ECDHE_curves", "FS_ECDHE_curves", "DH_groups"):
            facts |= {("group", ANY, group(name)) for name in finding.split()}
        elif key.startswith("cert_fingerprintSHA256"):
            facts.add(("certificate", ANY, finding.lower()))
        elif key in ("secure_renego", "fallback_SCSV") and finding == "supported":
            facts.add(("feature", ANY, key.lower().replace("renego", "renegotiation")))
        elif key == "TLS_extensions":
            features = {"renegotiation info": "secure_renegotiation", "extended master secret": "extended_master_secret"}
            facts |= {("feature", ANY, feature) for name, feature in features.items() if name in finding}
    return facts
