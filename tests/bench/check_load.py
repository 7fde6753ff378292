#!/usr/bin/env python3
"""How late 500 checks run, how soon red and green show, and what they cost: check_load.py [COUNT] [INTERVAL] [SECONDS]

Starts the program ($PLIMSOLL_BIN) with COUNT checks of a local HTTP server, of a port that takes connections and
never answers, and of one that nobody listens at, every INTERVAL seconds. Prints how far the runs of a check lie
from its interval, the time from a server's failure to red and from its return to green, and the program's CPU."""

import http.client
import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 500
INTERVAL = int(sys.argv[2]) if len(sys.argv) > 2 else 15
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 60


class Web(http.server.BaseHTTPRequestHandler):
    status = 200
    seen = {}

    def do_GET(self):
        Web.seen.setdefault(self.path, []).append(time.monotonic())
        self.send_response(Web.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def request(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
    answer = json.loads(connection.getresponse().read() or "{}")
    connection.close()
    return answer


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def states(port):
    found, cursor = {}, ""
    while cursor is not None:
        page = request(port, "GET", f"/api/app/checks?limit=500&cursor={cursor}")
        found.update({item["name"]: item["state"] for item in page["items"]})
        cursor = page["next_cursor"]
    return found


def until(port, names, state, patience):
    """How long until each of them is in that state."""
    begun, left = time.monotonic(), set(names)
    took = []
    while left and time.monotonic() - begun < patience:
        now = states(port)
        done = {name for name in left if now.get(name) == state}
        took += [time.monotonic() - begun] * len(done)
        left -= done
        time.sleep(0.5)
    return took, left


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def main():
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, daemon=True).start()
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen(1024)
    with tempfile.TemporaryDirectory() as directory:
        program = subprocess.Popen([os.environ["PLIMSOLL_BIN"], "serve", "--data", directory + "/data", "--listen",
                                    "127.0.0.1:0", "--statsd", "off"], stdout=subprocess.PIPE, text=True)
        try:
            line = next(line for line in program.stdout if "ready at" in line)
            port = int(line.rsplit(":", 1)[1])
            healthy = [f"web{i}" for i in range(COUNT * 8 // 10)]
            for name in healthy:
                request(port, "POST", "/api/app/checks",
                        {"name": name, "kind": "http", "interval": f"{INTERVAL}s",
                         "target": f"http://127.0.0.1:{web.server_port}/{name}"})
            for i in range(COUNT - len(healthy)):
                hangs = i % 2 == 0
                request(port, "POST", "/api/app/checks",
                        {"name": f"sick{i}", "kind": "tcp", "interval": f"{INTERVAL}s",
                         "target": f"127.0.0.1:{silent.getsockname()[1] if hangs else 1}",
                         "expect": {"text": "x"} if hangs else {}})
            time.sleep(2)
            Web.seen.clear()
            cpu, begun = cpu_seconds(program.pid), time.monotonic()
            time.sleep(SECONDS)
            cpu = cpu_seconds(program.pid) - cpu
            lag = [abs(b - a - INTERVAL) * 1000 for times in Web.seen.values() for a, b in zip(times, times[1:])]
            print(f"{COUNT} checks every {INTERVAL} s, {COUNT - len(healthy)} of them down, half of those hanging")
            print(f"distance of two runs from the interval, ms: p50 {percentile(lag, .5):.1f}  p99 {percentile(lag, .99):.1f}"
                  f"  max {max(lag):.1f}  of {len(lag)}")
            print(f"CPU of the whole program: {100 * cpu / (time.monotonic() - begun):.1f} % of a core")
            Web.status = 500
            red, left = until(port, healthy, "down", 4 * INTERVAL)
            print(f"to red, in intervals: p50 {percentile(red, .5) / INTERVAL:.2f}  max {max(red) / INTERVAL:.2f}, never {len(left)}")
            Web.status = 200
            green, left = until(port, healthy, "ok", 4 * INTERVAL)
            print(f"to green, in intervals: p50 {percentile(green, .5) / INTERVAL:.2f}  max {max(green) / INTERVAL:.2f}, never {len(left)}")
        finally:
            program.terminate()
            program.wait()


if __name__ == "__main__":
    main()
