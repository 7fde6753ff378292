#!/usr/bin/env python3
"""Writes a month of data as NDJSON of /ingest bodies, to be imported: by default 100 hosts with 10 gauges each every 15 s for
30 days, which is 172.8 million samples in about 2.3 GB.

    tests/bench/make_month.py [--hosts 100] [--days 30] [--step 15] [--end UNIX_SECONDS] [--seed 1] > month.ndjson
    tests/bench/make_month.py | zstd -1 > month.ndjson.zst

One line holds one step of all hosts. Values are clamped random walks of whole numbers from 0 to 100, as in the benchmark. With
--sums FILE the count and sum of each metric are written as JSON, to verify the import.
"""

import argparse
import json
import random
import sys
import time

METRICS = ["cpu_usage_" + part for part in
           ("user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--step", type=int, default=15)
    parser.add_argument("--end", type=int, default=int(time.time()) // 15 * 15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sums")
    options = parser.parse_args()

    rng = random.Random(options.seed)
    # A walk per series is what costs; so each series goes round one of 64 walks of a prime length with an offset of its own.
    walks = []
    for length in [n for n in range(1500, 3000) if all(n % d for d in range(2, 55))][:64]:
        level, walk = rng.randrange(101), []
        for _ in range(length):
            level = min(100, max(0, level + rng.randrange(-3, 4)))
            walk.append(level)
        walks.append(walk)
    series = [(walks[rng.randrange(64)], rng.randrange(3000)) for _ in range(options.hosts * len(METRICS))]
    values = "".join('%s"%s":%%d' % ("," if i else "", name) for i, name in enumerate(METRICS))
    template = '{"metrics":[' + ",".join(
        '{"labels":{"host":"host_%d","region":"eu-%d"},"ts":@,"type":"gauge","values":{%s}}' % (host, host % 4, values)
        for host in range(options.hosts)) + "]}\n"
    steps = int(options.days * 86400 / options.step)
    first = options.end - (steps - 1) * options.step
    sums = [0] * len(METRICS)
    for step in range(steps):
        row = tuple(walk[(offset + step) % len(walk)] for walk, offset in series)
        if options.sums:
            for metric in range(len(METRICS)):
                sums[metric] += sum(row[metric::len(METRICS)])
        sys.stdout.write((template % row).replace("@", str(first + step * options.step)))
    if options.sums:
        with open(options.sums, "w") as file:
            json.dump({name: {"count": steps * options.hosts, "sum": total} for name, total in zip(METRICS, sums)}, file)


if __name__ == "__main__":
    main()
