# SPDX-License-Identifier: Apache-2.0
"""The client: gathers items and sends them from a background thread."""

import atexit
import collections
import gzip
import http.client
import json
import logging
import math
import os
import random
import threading
import time
import urllib.parse
import uuid
import weakref

_log = logging.getLogger("plimsoll")

DEFAULT_URL = "http://127.0.0.1:9510"
SECTIONS = ("metrics", "requests", "llm")

# The appliance remembers an Idempotency-Key for 24 hours; a batch older than that must not be sent again.
_MAX_BATCH_AGE = 23 * 3600
_SAMPLE_INTERVAL = 5.0


def _number(value):
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("the value must be a finite number, not %r" % (value,))
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else number


def _labels(labels, more):
    merged = dict(labels or {})
    merged.update(more)
    return {str(name): str(value) for name, value in merged.items() if value is not None}


class _Batch:
    """A body on its way, with the key that makes it count once."""

    def __init__(self, items):
        self.items = items
        self.key = uuid.uuid4().hex
        self.born = time.monotonic()
        document = {}
        for section, item in items:
            document.setdefault(section, []).append(item)
        body = json.dumps(document, separators=(",", ":")).encode()
        self.gzipped = len(body) > 1024
        self.body = gzip.compress(body, 1) if self.gzipped else body


class _Transport:
    """One connection to the appliance, opened again when it breaks. Used by one thread."""

    def __init__(self, url, key, timeout):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the url must look like http://127.0.0.1:9510, not %r" % (url,))
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/") + "/ingest"
        self._key, self._timeout = key, timeout
        self._connection = None

    def post(self, batch):
        """The status, the decoded answer (or None) and the seconds that Retry-After asks for. Raises OSError or
        HTTPException where there was no answer."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": batch.key, "User-Agent": "plimsoll-python/0.1.0"}
        if self._key:
            headers["Authorization"] = "Bearer " + self._key
        if batch.gzipped:
            headers["Content-Encoding"] = "gzip"
        try:
            if self._connection is None:
                kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
                self._connection = kind(self._host, self._port, timeout=self._timeout)
            self._connection.request("POST", self._path, batch.body, headers)
            response = self._connection.getresponse()
            text = response.read()
        except Exception:
            self.close()
            raise
        try:
            wait = float(response.getheader("Retry-After") or 0)
        except ValueError:
            wait = 0.0
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        return response.status, answer if isinstance(answer, dict) else None, wait

    def close(self):
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Plimsoll:
    """Sends to one Plimsoll. Safe to use from any thread and after a fork; no method waits for the network but
    flush() and close().

    dropped: items that were lost because too many waited; rejected: items that the appliance refused.
    """

    def __init__(self, url=None, key=None, *, labels=None, interval=1.0, max_queue=100_000, max_batch=2_000, timeout=10.0):
        self.url = url or os.environ.get("PLIMSOLL_URL") or DEFAULT_URL
        self._key = key or os.environ.get("PLIMSOLL_KEY")
        self._labels = _labels(labels, {})
        self._interval, self._max_batch, self._timeout = interval, max_batch, timeout
        self._max_queue = max_queue
        self._samplers = []
        _Transport(self.url, self._key, timeout)  # a bad url shows here
        self._reset()
        _clients.add(self)

    def _reset(self):
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._queue = collections.deque()
        self._sending = 0
        self._thread = None
        self._closed = False
        self._hurry = False
        self._stop_by = None
        self._warned = {}
        self.dropped = 0
        self.rejected = 0
        self.sent = 0

    # What can be sent ------------------------------------------------------------------------------------------------

    def track(self, name, value=1, *, ts=None, labels=None, **more):
        """An event: something that happened, with a number to count, sum and compare."""
        self.event(name, value, ts=ts, labels=labels, **more)

    def event(self, name, value=1, *, ts=None, labels=None, **more):
        """The same as track()."""
        self._metric(name, value, "event", ts, labels, more)

    def counter(self, name, increment=1, *, ts=None, labels=None, **more):
        """Adds to a total; increments are not negative."""
        if _number(increment) < 0:
            raise ValueError("a counter does not go down; send an event or a gauge")
        self._metric(name, increment, "counter", ts, labels, more)

    def gauge(self, name, value, *, ts=None, labels=None, **more):
        """A level that goes up and down."""
        self._metric(name, value, "gauge", ts, labels, more)

    def llm(self, provider, model, *, input_tokens=0, output_tokens=0, cache_read_tokens=0, cache_write_tokens=0,
            endpoint=None, ts=None, labels=None, **more):
        """One model call. The appliance knows the prices; cache tokens are not part of input_tokens."""
        item = {"provider": str(provider), "model": str(model), "input_tokens": int(input_tokens),
                "output_tokens": int(output_tokens), "cache_read_tokens": int(cache_read_tokens),
                "cache_write_tokens": int(cache_write_tokens)}
        if endpoint is not None:
            item["endpoint"] = str(endpoint)
        self._put("llm", item, ts, labels, more)

    def request(self, method, route, status, duration_ms, *, ts=None, labels=None, **more):
        """One HTTP request that was answered. `route` is a template such as /items/{id}."""
        item = {"method": str(method), "route": str(route), "status": int(status), "duration_ms": _number(duration_ms)}
        self._put("requests", item, ts, labels, more)

    def sample_every_5s(self, sampler):
        """Calls sampler() on the background thread every five seconds; it returns (name, value, labels) for a gauge, or
        None."""
        self._samplers.append(sampler)

    # Delivery --------------------------------------------------------------------------------------------------------

    def flush(self, timeout=None):
        """Waits until all that was put in before is delivered or refused; False if the time ran out."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._wake:
            self._hurry = True
            self._start()
            self._wake.notify_all()
            while self._queue or self._sending:
                left = None if deadline is None else deadline - time.monotonic()
                if (left is not None and left <= 0) or not self._thread or not self._thread.is_alive():
                    return False
                self._wake.wait(0.1 if left is None else min(left, 0.1))
        return True

    def close(self, timeout=2.0):
        """Delivers what it can within the time and ends. True if nothing was left behind."""
        done = self.flush(timeout)
        with self._wake:
            self._closed = True
            self._stop_by = time.monotonic()
            self._wake.notify_all()
        return done

    # The inside ------------------------------------------------------------------------------------------------------

    def _metric(self, name, value, kind, ts, labels, more):
        self._put("metrics", {"name": str(name), "value": _number(value), "type": kind}, ts, labels, more)

    def _put(self, section, item, ts, labels, more):
        item["ts"] = int(time.time() * 1000) if ts is None else ts
        if labels or more or self._labels:
            item["labels"] = _labels(self._labels, _labels(labels, more))
        with self._wake:
            if self._closed:
                self.dropped += 1
                return
            self._queue.append((section, item))
            while len(self._queue) > self._max_queue:
                self._queue.popleft()
                self.dropped += 1
            self._start()
            if len(self._queue) >= self._max_batch:
                self._wake.notify_all()

    def _start(self):
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="plimsoll", daemon=True)
            self._thread.start()

    def _run(self):
        transport = _Transport(self.url, self._key, self._timeout)
        sampled = time.monotonic()
        try:
            while self._wait_for_items():
                if self._samplers and time.monotonic() - sampled >= _SAMPLE_INTERVAL:
                    sampled = time.monotonic()
                    self._sample()
                items = self._take()
                if items:
                    self._deliver(transport, items)
        except Exception:
            _log.exception("the sender ended unexpectedly")
        finally:
            transport.close()

    def _warn(self, text):
        """At most once a minute for one text."""
        now = time.monotonic()
        if now - self._warned.get(text, -60.0) >= 60.0:
            if len(self._warned) > 100:
                self._warned.clear()
            self._warned[text] = now
            _log.warning("%s", text)

    def _wait_for_items(self):
        """Waits up to one interval; False once the client is closed and nothing is left."""
        with self._wake:
            if not self._hurry and not self._closed and len(self._queue) < self._max_batch:
                self._wake.wait(self._interval)
            self._hurry = self._hurry and len(self._queue) > self._max_batch  # until the last one is under way
            return bool(self._queue) or not self._closed

    def _take(self):
        with self._wake:
            count = min(len(self._queue), self._max_batch)
            items = [self._queue.popleft() for _ in range(count)]
            self._sending = count
            return items

    def _settle(self, sent=0, rejected=0, dropped=0):
        with self._wake:
            self._sending = 0
            self.sent += sent
            self.rejected += rejected
            self.dropped += dropped
            self._wake.notify_all()

    def _sample(self):
        for sampler in list(self._samplers):
            try:
                figure = sampler()
                if figure is not None:
                    name, value, labels = figure
                    self.gauge(name, value, labels=labels)
            except Exception:  # a sampler is the app's code
                _log.debug("a sampler failed", exc_info=True)

    def _deliver(self, transport, items):
        try:
            batch = _Batch(items)
        except (TypeError, ValueError) as error:
            self._warn("Items could not be encoded: %s" % error)
            self._settle(dropped=len(items))
            return
        attempt = 0
        while not self._attempt(transport, batch, attempt):
            attempt += 1
            out_of_time = self._stop_by is not None and time.monotonic() >= self._stop_by
            if out_of_time or time.monotonic() - batch.born > _MAX_BATCH_AGE:
                self._settle(dropped=len(items))
                return

    def _attempt(self, transport, batch, attempt):
        """Sends once; True when the batch is settled, else after a pause."""
        wait = min(0.2 * 2 ** min(attempt, 10), 10.0) * (0.5 + random.random())
        try:
            status, answer, asked = transport.post(batch)
        except (OSError, http.client.HTTPException) as error:
            if attempt:
                self._warn("%s does not answer (%s); will try again." % (self.url, error))
            self._pause(wait)
            return False
        if status == 429 or status >= 500:
            self._warn("%s answered %d; will try again." % (self.url, status))
            self._pause(max(wait, min(asked, 60.0)))
            return False
        self._account(batch, status, answer or {})
        return True

    def _account(self, batch, status, answer):
        refused = answer.get("rejected") if status in (200, 400) else None
        if not isinstance(refused, int):
            refused = 0 if status == 200 else len(batch.items)
        if refused:
            first = (answer.get("errors") or [{}])[0].get("error") or (answer.get("error") or {}).get("message") or status
            self._warn("%s refused items: %s" % (self.url, first))
        self._settle(sent=len(batch.items) - refused, rejected=refused)

    def _pause(self, seconds):
        with self._wake:
            if not self._closed:
                self._wake.wait(seconds)


_clients = weakref.WeakSet()


def _close_all():
    for client in list(_clients):
        if client._thread is not None:
            client.close(2.0)


def _after_fork():
    """A child has no sender thread, and what waits belongs to the parent."""
    for client in list(_clients):
        closed = client._closed
        client._reset()
        client._closed = closed


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
