# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote write 1.0 with the standard library alone: protobuf by hand, snappy as literals."""
import struct
import urllib.request


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def write_request(series):
    """`series`: (labels, [(timestamp in ms, value as float or as its 64 bits)])."""
    out = bytearray()
    for labels, samples in series:
        body = bytearray()
        for name, value in sorted(labels.items()):
            body += field(1, field(1, name.encode()) + field(2, value.encode()))
        for timestamp, value in samples:
            bits = struct.pack("<Q", value) if isinstance(value, int) else struct.pack("<d", value)
            body += field(2, b"\x09" + bits + b"\x10" + varint(timestamp))
        out += field(1, bytes(body))
    return bytes(out)


def snappy(data):
    out = bytearray(varint(len(data)))
    for start in range(0, len(data), 65536):
        chunk = data[start:start + 65536]
        out += b"\xf4" + struct.pack("<H", len(chunk) - 1) + chunk
    return bytes(out)


def send(url, series):
    request = urllib.request.Request(url + "/api/v1/write", snappy(write_request(series)), {
        "Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Write-Version": "0.1.0"})
    urllib.request.urlopen(request, timeout=60).close()
