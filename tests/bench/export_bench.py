#!/usr/bin/env python3
"""Exports many samples through a real client and looks at what that costs the server.

    tests/bench/export_bench.py [--plimsoll build/bin/plimsoll] [--samples 10000000] [--series 1000]

Ingests the samples, then takes each format whole (json, csv, prometheus, and csv with gzip) and page by page, and
checks that every sample came once, with its value. For each it prints the speed and how much memory the server took
beside what it had: the peak of its resident set (VmHWM, reset before) less the resident set before. Ends with 1 where
that is 50 MB or more, or something is wrong. At last a client that reads nothing for a while: writers must not wait
for it, and it holds no memory.
"""

import argparse
import gzip
import http.client
import io
import json
import math
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIMIT_MB = 50
STEP_MS = 1000
PER_BODY = 500_000


class Appliance:
    def __init__(self, program, directory):
        self.process = subprocess.Popen([program, "serve", "--data", directory, "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        ready = re.match(r"Plimsoll is ready at http://127\.0\.0\.1:(\d+)", line)
        if not ready:
            sys.exit(f"The appliance did not start: {line!r}")
        self.port = int(ready.group(1))

    def memory(self, field):
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) / 1024

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as refs:
            refs.write("5")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def value(i):
    return (i * 7919 % 100_003) / 100


def ingest(appliance, series, per_series, start_ms):
    """The samples of each series in turn, as lines of a JSON export."""
    connection = appliance.connect()
    body = io.StringIO()
    pending = 0
    total = 0.0
    began = time.monotonic()

    def send():
        nonlocal pending
        if pending:
            connection.request("POST", "/api/v1/import/plimsoll", body.getvalue().encode())
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                sys.exit(f"The import was refused: {answer.status} {text[:300]}")
        body.seek(0)
        body.truncate()
        pending = 0

    for number in range(series):
        values = [value(number * per_series + i) for i in range(per_series)]
        total += math.fsum(values)
        labels = {"__name__": "bench_gauge", "instance": f"host-{number:05d}", "job": "bench"}
        for first in range(0, per_series, 1000):
            part = values[first:first + 1000]
            run = {"series": labels, "kind": "gauge",
                   "t": list(range(start_ms + first * STEP_MS, start_ms + (first + len(part)) * STEP_MS, STEP_MS)),
                   "v": part}
            body.write(json.dumps(run, separators=(",", ":")) + "\n")
            pending += len(part)
            if pending >= PER_BODY:
                send()
    send()
    print(f"ingested {series * per_series} samples in {time.monotonic() - began:.1f} s")
    return total


def values_json(lines):
    for line in lines:
        if line.startswith(b'{"series"'):
            yield from json.loads(line)["v"]


def values_csv(lines):
    for line in lines:
        if line.startswith(b'"'):
            yield float(line.rsplit(b",", 3)[1])


def values_prometheus(lines):
    for line in lines:
        if not line.startswith(b"#"):
            yield float(line.rsplit(b" ", 2)[1])


VALUES = {"json": values_json, "csv": values_csv, "prometheus": values_prometheus}


def lines_of(answer, compressed):
    return gzip.GzipFile(fileobj=answer) if compressed else io.BufferedReader(answer, 1 << 20)


def take(values):
    count = 0
    total = 0.0
    part = []
    for one in values:
        part.append(one)
        if len(part) == 100_000:
            count += len(part)
            total += math.fsum(part)
            part = []
    return count + len(part), total + math.fsum(part)


def export(appliance, form, compressed=False, page=0):
    """Counts and sums an export as a client that parses every sample."""
    connection = appliance.connect()
    path = f"/metrics/export?format={form}&metric=bench_gauge" + (f"&limit={page}" if page else "")
    count, total, pages = 0, 0.0, 0
    while path:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"} if compressed else {})
        answer = connection.getresponse()
        if answer.status != 200:
            sys.exit(f"The export was refused: {answer.status} {answer.read()[:300]}")
        more = take(VALUES[form](lines_of(answer, compressed)))
        count, total, pages = count + more[0], total + more[1], pages + 1
        link = answer.getheader("Link")
        path = link[link.index("<") + 1:link.index(">")] if link else None
        if link:
            connection = appliance.connect()
    return count, total, pages


def drain(appliance, form):
    """The bytes of an export and the seconds that they take a client that only reads."""
    connection = appliance.connect()
    began = time.monotonic()
    connection.request("GET", f"/metrics/export?format={form}&metric=bench_gauge")
    answer = connection.getresponse()
    size = 0
    while block := answer.read(1 << 20):
        size += len(block)
    return size, time.monotonic() - began


def measure(appliance, name, work):
    appliance.forget_peak()
    before = appliance.memory("VmRSS")
    began = time.monotonic()
    result = work()
    seconds = time.monotonic() - began
    extra = appliance.memory("VmHWM") - before
    print(f"{name:22} {seconds:7.1f} s  extra peak RSS {extra:6.1f} MB (before {before:.0f} MB)", flush=True)
    return result, extra


def slow_reader(appliance):
    """A client that asks for everything and reads nothing, while another one writes."""
    asleep = socket.create_connection(("127.0.0.1", appliance.port))
    asleep.sendall(b"GET /metrics/export?format=csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(1)
    slowest = 0
    connection = appliance.connect()
    for i in range(200):
        began = time.monotonic()
        connection.request("POST", "/track/bench_while_asleep", str(i))
        answer = connection.getresponse()
        answer.read()
        slowest = max(slowest, time.monotonic() - began)
        if answer.status != 200:
            sys.exit("A write failed while a client slept.")
    asleep.close()
    return slowest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plimsoll", default="build/bin/plimsoll")
    parser.add_argument("--samples", type=int, default=10_000_000)
    parser.add_argument("--series", type=int, default=1000)
    options = parser.parse_args()
    per_series = options.samples // options.series
    wrong = []
    with tempfile.TemporaryDirectory() as directory:
        appliance = Appliance(options.plimsoll, directory)
        try:
            start_ms = (int(time.time()) - per_series - 7200) * 1000
            expected = ingest(appliance, options.series, per_series, start_ms)
            count = options.series * per_series
            # What the import freed and did not give back would hide what an export takes.
            appliance.stop()
            appliance = Appliance(options.plimsoll, directory)
            time.sleep(5)
            for form in VALUES:
                (size, seconds), extra = measure(appliance, form + " (only read)", lambda: drain(appliance, form))
                print(f"    {count / seconds / 1e6:.2f} M samples/s, {size / 1e6:.0f} MB, {size / seconds / 1e6:.0f} MB/s")
                if extra >= LIMIT_MB:
                    wrong.append(f"{form}: {extra:.1f} MB")
            rounds = [(form, form, False, 0) for form in VALUES]
            rounds += [("csv, gzip", "csv", True, 0), ("csv, pages of 500,000", "csv", False, 500_000)]
            for name, form, compressed, page in rounds:
                got, extra = measure(appliance, name, lambda: export(appliance, form, compressed, page))
                if got[0] != count or abs(got[1] - expected) > 1e-9 * abs(expected):
                    wrong.append(f"{name}: {got[0]} samples of sum {got[1]!r}, not {count} of {expected!r}")
                if extra >= LIMIT_MB:
                    wrong.append(f"{name}: {extra:.1f} MB")
            slowest, extra = measure(appliance, "a client that sleeps",
                                     lambda: slow_reader(appliance))
            print(f"    the slowest write meanwhile took {slowest * 1000:.1f} ms")
            if extra >= LIMIT_MB:
                wrong.append(f"a client that sleeps: {extra:.1f} MB")
        finally:
            appliance.stop()
    for line in wrong:
        print("WRONG:", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
