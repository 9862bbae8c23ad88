"""The joiner of an exchange, written from docs/src/keys.md and the RFCs it names, with Python's standard library alone: so
that the description is enough for others, and midwatch does what it says. Slow, not in constant time, for tests only.

peer.py PORT NUMBER A B KEY: joins at 127.0.0.1, sends KEY (a recipient of age), prints what came.
"""
import hashlib, hmac, secrets, socket, struct, sys

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CURVE_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def unpack(text):
    """A compressed point (SEC 1, section 2.3.4)."""
    octets = bytes.fromhex(text)
    x = int.from_bytes(octets[1:], "big")
    y = pow(x**3 - 3 * x + CURVE_B, (P + 1) // 4, P)
    return (x, y if y % 2 == octets[0] % 2 else P - y)


M = unpack("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f")
N = unpack("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49")


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] ** 2 - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope**2 - a[0] - b[0]) % P
    return (x, (slope * (a[0] - x) - a[1]) % P)


def times(number, point):
    total = None
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def encode(point):
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def decode(octets):
    point = (int.from_bytes(octets[1:33], "big"), int.from_bytes(octets[33:], "big"))
    assert octets[0] == 4 and (point[1] ** 2 - point[0] ** 3 + 3 * point[0] - CURVE_B) % P == 0
    return point


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def hkdf(salt, secret, info, length):
    """RFC 5869."""
    key, block, out = mac(salt or bytes(32), secret), b"", b""
    for count in range(1, length // 32 + 1):
        block = mac(key, block, info, bytes([count]))
        out += block
    return out


def chacha(key, count, nonce):
    """A block of ChaCha20 (RFC 8439, section 2.3)."""
    start = list(struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", count) + nonce))
    s = list(start)

    def quarter(a, b, c, d):
        for one, two, three, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[one] = (s[one] + s[two]) & 0xFFFFFFFF
            mixed = s[three] ^ s[one]
            s[three] = (mixed << by | mixed >> (32 - by)) & 0xFFFFFFFF

    for _ in range(10):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            quarter(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(s, start)))


def crypt(key, nonce, text):
    stream = b"".join(chacha(key, 1 + block, nonce) for block in range(len(text) // 64 + 1))
    return bytes(a ^ b for a, b in zip(text, stream))


def tag(key, nonce, associated, sealed):
    """RFC 8439, sections 2.5 and 2.8."""
    once = chacha(key, 0, nonce)
    r = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    pad = lambda octets: octets + bytes(-len(octets) % 16)
    text = pad(associated) + pad(sealed) + struct.pack("<QQ", len(associated), len(sealed))
    total = 0
    for at in range(0, len(text), 16):
        total = (total + int.from_bytes(text[at:at + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(once[16:32], "little")) % 2**128).to_bytes(16, "little")


class Frames:
    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port), 60)
        self.sealed = [0, 0]

    def exactly(self, length):
        octets = b""
        while len(octets) < length:
            more = self.stream.recv(length - len(octets))
            assert more, "the connection ended"
            octets += more
        return octets

    def send(self, kind, body):
        self.stream.sendall(bytes([kind]) + struct.pack(">I", len(body)) + body)

    def take(self, kind):
        head = self.exactly(5)
        body = self.exactly(struct.unpack(">I", head[1:])[0])
        assert head[0] == kind, (head, body)
        return body

    def seal(self, key, text):
        nonce, self.sealed[0] = self.sealed[0].to_bytes(12, "big"), self.sealed[0] + 1
        sealed = crypt(key, nonce, text)
        self.send(3, sealed + tag(key, nonce, b"\x03" + struct.pack(">I", len(text) + 16), sealed))

    def open(self, key):
        nonce, self.sealed[1] = self.sealed[1].to_bytes(12, "big"), self.sealed[1] + 1
        body = self.take(3)
        sealed, check = body[:-16], body[-16:]
        assert check == tag(key, nonce, b"\x03" + struct.pack(">I", len(body)), sealed)
        return crypt(key, nonce, sealed)


port, number, a, b = (int(argument) for argument in sys.argv[1:5])
code = struct.pack(">I", number) + bytes([a, b])
w = int.from_bytes(hkdf(b"midwatch exchange v1 code", code, b"w", 64), "big") % ORDER
y = 1 + secrets.randbelow(ORDER - 1)
share_b = encode(add(times(w, N), times(y, G)))

frames = Frames(port)
frames.send(1, b"\x01\x02" + share_b)
came = frames.take(1)
assert came[:2] == b"\x01\x01"
share_a = came[2:]
masked = times(w, M)
common = times(y, add(decode(share_a), (masked[0], P - masked[1])))

parts = (b"midwatch exchange opener", b"midwatch exchange joiner", share_a, share_b, encode(common), w.to_bytes(32, "big"))
transcript = b"".join(struct.pack("<Q", len(part)) + part for part in parts)
assert len(transcript) == 323
both = hashlib.sha256(transcript).digest()
session, confirming = both[:16], both[16:]
keys = hkdf(b"", confirming, b"ConfirmationKeys" + b"midwatch exchange v1", 32)
frames.send(2, mac(keys[16:], transcript))
assert frames.take(2) == mac(keys[:16], transcript)

own, theirs = (hkdf(b"midwatch exchange v1 seal", session, role, 32) for role in (b"joiner", b"opener"))
frames.seal(own, b"\x05" + sys.argv[5].encode())
key = frames.open(theirs)
frames.seal(own, b"\x01")
assert frames.open(theirs) == b"\x01"
print(key[0], key[1:].decode().strip())
