# SPDX-License-Identifier: GPL-3.0-or-later
import decimal
import logging
import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent.parent / "packaging" / "python"
sys.path[:0] = [str(HERE), str(PACKAGE)]

from plimsoll import Client, Plimsoll  # noqa: E402
from receiver import Receiver  # noqa: E402

PATIENCE = 30


class ClientTest(unittest.TestCase):
    def setUp(self):
        logging.getLogger("plimsoll").setLevel(logging.CRITICAL)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def client(self, **options):
        client = Plimsoll(self.receiver.url, "plm_x", **{"interval": 0.05, **options})
        self.addCleanup(client.close, 0)
        return client

    def test_sends_each_kind(self):
        p = self.client(labels={"host": "a"})
        p.track("revenue", 49, plan="pro")
        p.counter("sold", 2)
        p.gauge("depth", decimal.Decimal("1.5"), ts=1790000000, labels={"ts": "x"})
        p.llm("openai", "gpt-4o", input_tokens=3, endpoint="/chat", tenant=7)
        p.request("GET", "/a", 200, 12.5)
        self.assertTrue(p.flush(PATIENCE))
        revenue, sold, depth = self.receiver.items("metrics")
        self.assertLess(abs(revenue.pop("ts") - time.time() * 1000), 60_000)
        self.assertEqual(revenue, {"name": "revenue", "value": 49, "type": "event", "labels": {"host": "a", "plan": "pro"}})
        self.assertEqual((sold["type"], sold["value"]), ("counter", 2))
        self.assertEqual(depth, {"name": "depth", "value": 1.5, "type": "gauge", "ts": 1790000000,
                                 "labels": {"host": "a", "ts": "x"}})
        call, = self.receiver.items("llm")
        self.assertEqual((call["input_tokens"], call["endpoint"], call["labels"]["tenant"]), (3, "/chat", "7"))
        request, = self.receiver.items("requests")
        self.assertEqual((request["method"], request["route"], request["status"], request["duration_ms"]),
                         ("GET", "/a", 200, 12.5))
        path, headers = self.receiver.requests[0]
        self.assertEqual((path, headers["Authorization"]), ("/ingest", "Bearer plm_x"))
        self.assertEqual((p.sent, p.dropped, p.rejected), (5, 0, 0))

    def test_batches_and_compresses(self):
        p = self.client(interval=30, max_batch=1000)
        for i in range(2500):
            p.counter("n", 1)
        self.assertTrue(p.flush(PATIENCE))
        self.assertEqual(sum(item["value"] for item in self.receiver.items("metrics")), 2500)
        self.assertLessEqual(len(self.receiver.requests), 5)
        self.assertEqual(self.receiver.requests[0][1]["Content-Encoding"], "gzip")

    def test_sends_without_being_asked(self):
        p = self.client()
        p.counter("n")
        deadline = time.monotonic() + PATIENCE
        while not self.receiver.items("metrics") and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(len(self.receiver.items("metrics")), 1)

    def test_retries_with_the_same_key(self):
        self.receiver.answers = [(503, {"Retry-After": "0"}, {}), (0, {}, {}), (429, {}, {}), (500, {}, {})]
        p = self.client()
        p.counter("n")
        self.assertTrue(p.flush(PATIENCE))
        p.counter("n")
        self.assertTrue(p.flush(PATIENCE))
        self.assertEqual(len(self.receiver.items("metrics")), 2)
        keys = self.receiver.keys()
        self.assertEqual(len(keys), 6)
        self.assertEqual(len(set(keys[:5])), 1)
        self.assertNotEqual(keys[5], keys[0])

    def test_counts_what_is_refused(self):
        self.receiver.answers = [
            (400, {}, {"accepted": 0, "rejected": 2, "errors": [{"index": 0, "error": "no", "code": "bad_name"}]}),
            (200, {}, {"accepted": 1, "rejected": 1, "errors": [{"index": 0, "error": "no", "code": "bad_name"}]}),
            (401, {}, {"error": {"code": "unauthorized", "message": "The key is not known."}})]
        p = self.client()
        for _ in range(3):
            p.counter("n")
            p.counter("n")
            self.assertTrue(p.flush(PATIENCE))
        self.assertEqual((p.sent, p.rejected, len(self.receiver.requests)), (1, 5, 3))

    def test_drops_the_oldest(self):
        self.receiver.answers = [(503, {}, {})] * 1000
        p = self.client(max_queue=10, interval=30)
        for i in range(25):
            p.gauge("n", i)
        self.assertEqual(p.dropped, 15)
        self.receiver.answers = []
        self.assertTrue(p.flush(PATIENCE))
        self.assertEqual([item["value"] for item in self.receiver.items("metrics")], list(range(15, 25)))

    def test_close_does_not_hang(self):
        gone = Plimsoll("http://127.0.0.1:9", interval=0.01)
        gone.counter("n")
        start = time.monotonic()
        self.assertFalse(gone.close(0.3))
        self.assertLess(time.monotonic() - start, PATIENCE)
        gone.counter("n")
        self.assertGreaterEqual(gone.dropped, 1)

    def test_mistakes_show_at_once(self):
        p = self.client()
        for value in (float("nan"), float("inf"), "abc", None):
            with self.assertRaises((TypeError, ValueError)):
                p.track("n", value)
        with self.assertRaises(ValueError):
            p.counter("n", -1)
        with self.assertRaises(ValueError):
            Client("ftp://x")

    def test_many_threads(self):
        p = self.client(max_batch=100)
        threads = [threading.Thread(target=lambda: [p.counter("n") for _ in range(1000)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(p.flush(PATIENCE))
        self.assertEqual(len(self.receiver.items("metrics")), 8000)

    def test_flushes_at_exit(self):
        script = "import plimsoll; p = plimsoll.Plimsoll(interval=30); p.track('bye', 3)"
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "PLIMSOLL_URL": self.receiver.url}
        subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=PATIENCE)
        self.assertEqual([item["value"] for item in self.receiver.items("metrics")], [3])

    def test_works_after_a_fork(self):
        script = ("import os, plimsoll; p = plimsoll.Plimsoll(interval=30); p.track('parent', 1)\n"
                  "pid = os.fork()\n"
                  "if pid == 0:\n    p.track('child', 2); ok = p.flush(20); os._exit(0 if ok else 1)\n"
                  "raise SystemExit(os.waitpid(pid, 0)[1])")
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "PLIMSOLL_URL": self.receiver.url}
        subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=PATIENCE)
        self.assertEqual(sorted(item["name"] for item in self.receiver.items("metrics")), ["child", "parent"])


if __name__ == "__main__":
    unittest.main()
