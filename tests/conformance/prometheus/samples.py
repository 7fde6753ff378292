# SPDX-License-Identifier: GPL-3.0-or-later
"""Three hours of what applications and hosts send, every 15 s, out of step: the same on each run of a day."""
import math
import random

STALE = 0x7ff0000000000002
INTERVAL_MS = 15_000
HOURS = 3
STEPS = HOURS * 3600 * 1000 // INTERVAL_MS
BOUNDS = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]


class Target:
    """A scraped process. Samples lie in the first 900 ms of a second, none of them at its very beginning, so that an
    evaluation 950 ms into a second, or a subquery at a whole one, never meets the edge of a window."""

    def __init__(self, chance, base_ms, job, instance):
        self.labels = {"job": job, "instance": instance}
        self.series = {}
        phase = chance.randrange(15) * 1000
        self.times = [base_ms + i * INTERVAL_MS + phase + chance.randrange(1, 900) for i in range(STEPS)]
        # Scrapes that failed, one of them long enough to leave a hole in every lookback.
        self.missed = {i for i in range(1, STEPS) if chance.random() < 0.01}
        hole = chance.randrange(100, STEPS - 200)
        self.missed |= set(range(hole, hole + chance.choice([2, 9, 60])))

    def add(self, step, name, value, **labels):
        if step in self.missed:
            return
        key = (name, tuple(sorted(labels.items())))
        self.series.setdefault(key, []).append((self.times[step], value))

    def export(self):
        for (name, labels), samples in self.series.items():
            yield {"__name__": name, **self.labels, **dict(labels)}, samples


class Counter:
    def __init__(self, value=0.0):
        self.value = value

    def grow(self, amount):
        """The value before it grows, so that each begins with 0: 2.42 and 3 guess otherwise when others began."""
        before = self.value
        self.value += amount
        return before


def web(chance, target, restart):
    """Requests by method, path and status, with their durations as a classic histogram; counters fall to 0 at `restart`."""
    counts, buckets, sums = {}, {}, {}
    for step in range(STEPS):
        if step == restart:
            counts, buckets, sums = {}, {}, {}
        load = 20 + 15 * math.sin(step / 60) + chance.random()
        for method, path in (("GET", "/"), ("GET", "/api/orders"), ("POST", "/api/orders")):
            for status, share in (("200", 0.9), ("404", 0.06), ("500", 0.02 + 0.1 * (200 < step < 240))):
                if (path, status) == ("/", "500"):
                    continue
                n = int(load * share * {"/": 1.37}.get(path, 1) * (1 if method == "GET" else 0.3) + chance.random())
                value = counts.setdefault((method, path, status), Counter()).grow(float(n))
                target.add(step, "http_requests_total", value, method=method, path=path, status=status)
            if (method, path) == ("GET", "/api/orders"):
                continue
            total = sums.setdefault(path, Counter())
            seen = [min(11, max(0, int(chance.gauss(5, 1.8)))) for _ in range(int(load / 3))]
            took = total.grow(sum(float(BOUNDS[min(i, 10)]) * 0.7 for i in seen))
            for i, bound in enumerate(BOUNDS):
                value = buckets.setdefault((path, bound), Counter()).grow(float(sum(s <= i for s in seen)))
                target.add(step, "http_request_duration_seconds_bucket", value, path=path, le=bound)
            target.add(step, "http_request_duration_seconds_sum", took, path=path)
            target.add(step, "http_request_duration_seconds_count", value, path=path)
        target.add(step, "http_requests_in_flight", float(int(load / 4)))
        target.add(step, "process_start_time_seconds", target.times[restart if step >= restart else 0] / 1000)
        target.add(step, "build_info", 1.0, version="1.4.2" if step >= restart else "1.4.1")


def host(chance, target):
    idle = {(cpu, mode): Counter(chance.random() * 1e5) for cpu in "01" for mode in ("idle", "user", "system", "iowait")}
    shares = {"idle": 0.8, "user": 0.13, "system": 0.05, "iowait": 0.02}
    received = Counter(chance.random() * 1e9)
    free = 80e9
    for step in range(STEPS):
        for (cpu, mode), counter in idle.items():
            target.add(step, "node_cpu_seconds_total", counter.grow(15 * shares[mode] * (0.5 + chance.random())), cpu=cpu,
                       mode=mode)
        free -= chance.random() * 2e6
        target.add(step, "node_filesystem_avail_bytes", free, device="/dev/sda1", mountpoint="/")
        target.add(step, "node_filesystem_size_bytes", 1e11, device="/dev/sda1", mountpoint="/")
        target.add(step, "node_filesystem_avail_bytes", 4096.0 * (step % 7), device="tmpfs", mountpoint="/run")
        target.add(step, "node_filesystem_size_bytes", 8e8, device="tmpfs", mountpoint="/run")
        target.add(step, "node_memory_MemTotal_bytes", 16e9)
        target.add(step, "node_memory_MemAvailable_bytes", 8e9 + 2e9 * math.sin(step / 40) + chance.random() * 1e8)
        target.add(step, "node_load1", round(1 + math.sin(step / 25) + chance.random() / 3, 2))
        target.add(step, "node_network_receive_bytes_total", received.grow(chance.expovariate(1e-6)), device="eth0")
        target.add(step, "node_boot_time_seconds", target.times[0] / 1000 - 86400)
        target.add(step, "node_temperature_celsius", 40 + 25 * math.sin(step / 100) - 30 * (step % 97 == 0))


def odd(chance, target):
    """What breaks naive arithmetic: NaN, infinities, negative and tiny numbers, series that come and go."""
    for step in range(STEPS):
        target.add(step, "weird_gauge", math.nan if step % 11 == 3 else math.inf if step % 53 == 7 else float(step % 5),
                   case="mixed")
        target.add(step, "weird_gauge", -math.inf if step > 400 else -1.5, case="negative")
        target.add(step, "weird_gauge", 1e-300 * step, case="tiny")
        target.add(step, "weird_gauge", -0.0, case="zero")
        target.add(step, "weird_gauge", math.nan, case="nan")
        target.add(step, "constant", 0.1)
        target.add(step, "queue_depth", float(chance.randrange(8)), queue="mail" if step % 2 else "orders")
        if step % 40 < 12:
            target.add(step, "flapping", float(step // 40))
        if step % 40 == 12:
            target.add(step, "flapping", STALE)
        if 240 <= step < 480:
            target.add(step, "batch_rows_total", float((step - 240) ** 2), run="nightly")
        if step == 480:
            target.add(step, "batch_rows_total", STALE, run="nightly")
        if step % 60 == 0:
            target.add(step, "sparse", float(step), note="every quarter of an hour")


def series(base_ms):
    """(labels, samples) of all; base_ms is the beginning of a minute."""
    chance = random.Random(2042)
    targets = []
    for job, instance, restart in (("shop", "10.0.0.1:8080", 301), ("shop", "10.0.0.2:8080", 501),
                                   ("blog", "10.0.1.1:8080", 120)):
        target = Target(chance, base_ms, job, instance)
        web(chance, target, restart)
        targets.append(target)
    for instance in ("host-a:9100", "host-b:9100", "host-10:9100"):
        target = Target(chance, base_ms, "node", instance)
        host(chance, target)
        targets.append(target)
    target = Target(chance, base_ms, "odd", "lab")
    odd(chance, target)
    targets.append(target)
    for target in targets:
        for step, timestamp in enumerate(target.times):
            target.series.setdefault(("up", ()), []).append((timestamp, float(step not in target.missed)))
    return [one for target in targets for one in target.export()]
