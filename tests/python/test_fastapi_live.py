# SPDX-License-Identifier: GPL-3.0-or-later
"""A FastAPI app under uvicorn that reports to a real appliance. Needs PLIMSOLL_URL (and PLIMSOLL_KEY where keys are asked
for); without a PLIMSOLL_URL it starts PLIMSOLL_BIN with a directory of its own."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "packaging" / "python")]

from plimsoll.fastapi import Metrics  # noqa: E402

try:
    import uvicorn
    from fastapi import FastAPI
except ImportError as error:
    raise unittest.SkipTest("FastAPI and uvicorn are not installed: %s" % error)

PATIENCE = 60
BINARY = os.environ.get("PLIMSOLL_BIN") or str(HERE.parent.parent / "build" / "bin" / "plimsoll")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            found = condition()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it took too long: " + what)


class LiveTest(unittest.TestCase):
    def setUp(self):
        self.url = os.environ.get("PLIMSOLL_URL") or self.start_appliance()
        self.key = os.environ.get("PLIMSOLL_KEY")

    def start_appliance(self):
        if not os.path.exists(BINARY):
            self.skipTest("there is neither PLIMSOLL_URL nor " + BINARY)
        directory = tempfile.mkdtemp(prefix="plimsoll-live-")
        self.addCleanup(shutil.rmtree, directory, True)
        port = free_port()
        environment = {**os.environ, "PLIMSOLL_STATSD": ""}
        process = subprocess.Popen([BINARY, "serve", "--data", directory, "--listen", "127.0.0.1:%d" % port],
                                   stdout=subprocess.DEVNULL, env=environment)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.terminate)
        url = "http://127.0.0.1:%d" % port
        wait_for(lambda: urllib.request.urlopen(url + "/health/live", timeout=5).status == 200, "the start")
        return url

    def get(self, path, **arguments):
        request = urllib.request.Request(self.url + path + "?" + urllib.parse.urlencode(arguments))
        if self.key:
            request.add_header("Authorization", "Bearer " + self.key)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)

    def serve(self, app):
        server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_level="error"))
        thread = threading.Thread(target=server.run)
        thread.start()
        self.addCleanup(thread.join, PATIENCE)
        self.addCleanup(setattr, server, "should_exit", True)
        wait_for(lambda: server.started, "the start of the app")
        return "http://127.0.0.1:%d" % server.config.port

    def test_requests_and_events_arrive(self):
        app = FastAPI()
        metrics = Metrics(app, self.url, key=self.key)
        mark = "live_%d" % time.time_ns()

        @app.get("/" + mark + "/{item}")
        async def item(item: int):
            metrics.client.track(mark, 0.1, plan="pro")
            return {}

        base = self.serve(app)
        for number in range(30):
            urllib.request.urlopen("%s/%s/%d" % (base, mark, number), timeout=PATIENCE).read()
        self.assertTrue(metrics.client.flush(PATIENCE))
        self.assertEqual((metrics.client.dropped, metrics.client.rejected), (0, 0))
        route = "/" + mark + "/{item}"
        endpoints = self.get("/metrics/endpoints")["endpoints"]
        ours = [endpoint for endpoint in endpoints if endpoint["route"] == route]
        self.assertEqual([(endpoint["method"], endpoint["count"], endpoint["status"]) for endpoint in ours],
                         [("GET", 30, {"200": 30})])
        now = time.time()
        answer = self.get("/metrics/query", metric=mark, **{"from": int((now - 3600) * 1000), "to": int((now + 60) * 1000)})
        buckets = [bucket for series in answer["series"] for bucket in series["buckets"]]
        self.assertEqual(sum(bucket["count"] for bucket in buckets), 30)
        self.assertEqual(round(sum(bucket["sum"] or 0 for bucket in buckets), 9), 3.0)

    def worst(self, metric, mark):
        found = self.get("/api/v1/query", query='max_over_time(%s{app="%s"}[5m])' % (metric, mark))["data"]["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def test_a_loop_that_hangs_and_a_full_thread_pool_show(self):
        app = FastAPI()
        mark = "live_%d" % time.time_ns()
        Metrics(app, self.url, key=self.key, labels={"app": mark})

        @app.get("/hang")
        async def hang():
            time.sleep(0.5)
            return {}

        @app.get("/busy")
        def busy():
            time.sleep(1.5)
            return {}

        base = self.serve(app)
        urllib.request.urlopen(base + "/hang", timeout=PATIENCE).read()
        callers = [threading.Thread(target=lambda: urllib.request.urlopen(base + "/busy", timeout=PATIENCE).read()) for _ in range(20)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(PATIENCE)
        wait_for(lambda: self.worst("event_loop_lag_seconds", mark) >= 0.4, "the lag of the event loop")
        wait_for(lambda: self.worst("thread_pool_used_ratio", mark) >= 0.4, "the use of the threads")


if __name__ == "__main__":
    unittest.main()
