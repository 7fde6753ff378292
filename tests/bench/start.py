#!/usr/bin/env python3
"""Asserts the targets of a start: ready within 0.3 s on an empty directory, and under 25 MB when idle.

    tests/bench/start.py [build/bin/plimsoll]

Prints the median and the spread of several starts; exit code 1 where a target is missed."""
import os, re, signal, statistics, subprocess, sys, tempfile, time

BINARY = sys.argv[1] if len(sys.argv) > 1 else "build/bin/plimsoll"
STARTS, IDLE_S = 7, 20
READY_TARGET_S, RSS_TARGET_MB = 0.3, 25.0


def start(directory):
    began = time.monotonic()
    process = subprocess.Popen([BINARY, "serve", "--data", directory, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    ready = time.monotonic() - began
    if not re.match(r"Plimsoll is ready at http", line):
        process.kill()
        sys.exit(f"it did not start: {line!r}")
    return process, ready


def rss_mb(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024 / 1e6


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def main():
    ready = []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as directory:
            process, seconds = start(directory)
            ready.append(seconds)
            stop(process)
    with tempfile.TemporaryDirectory() as directory:
        process, _ = start(directory)
        time.sleep(IDLE_S)
        rss = rss_mb(process)
        stop(process)
    median = statistics.median(ready)
    print(f"ready: median {median:.3f} s [{min(ready):.3f}..{max(ready):.3f}] of {STARTS}, target {READY_TARGET_S} s")
    print(f"idle RSS after {IDLE_S} s: {rss:.1f} MB, target {RSS_TARGET_MB} MB")
    sys.exit(0 if median <= READY_TARGET_S and rss < RSS_TARGET_MB else 1)


if __name__ == "__main__":
    main()
