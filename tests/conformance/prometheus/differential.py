#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the same samples to Prometheus and to Plimsoll and compares what they answer to the queries of queries.txt.

Labels must be equal, values within 1e-9 relative; of a query that one refuses, the other must refuse it with the same type
of error. Queries are asked at instants and over ranges off every sample, since 2.42 closes windows on the left and 3 does
not. Ends with "N compared, N differ, N known"; exit status 0 where nothing differs, 77 where there is no Prometheus.

    PLIMSOLL_BIN=build/bin/plimsoll tests/conformance/prometheus/differential.py [--storage sqlite:] [--only TEXT]
"""
import argparse
import json
import math
import os
import pathlib
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import programs
import remote_write
import samples

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-9
DAY = 86400
INSTANTS = (600.95, 6373.95, 10799.95, 11163.95)
RANGES = ((300.95, 10800.95, 97), (5400.95, 6300.95, 15))
ORDERED = ("sort", "sort_desc", "topk", "bottomk")


def ask(url, path, **arguments):
    body = urllib.parse.urlencode(arguments).encode()
    try:
        with urllib.request.urlopen(url + path, body, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def points(one):
    return one["values"] if "values" in one else [one["value"]]


def same_value(a, b):
    a, b = float(a), float(b)
    if math.isnan(a) or math.isnan(b) or math.isinf(a) or math.isinf(b):
        return a == b or (math.isnan(a) and math.isnan(b))
    return abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


def same_points(a, b):
    """None, or the first difference."""
    for left, right in zip(a, b):
        if abs(left[0] - right[0]) > 0.0005:
            return "time %s, not %s" % (right[0], left[0])
        if not same_value(left[1], right[1]):
            return "%s, not %s at %s" % (right[1], left[1], left[0])
    return None if len(a) == len(b) else "%d points, not %d" % (len(b), len(a))


def compare(wanted, got, ordered):
    """None, or how `got` differs from `wanted`: two answers of the API."""
    if wanted["status"] != got["status"] or wanted.get("errorType") != got.get("errorType"):
        return "%s, not %s" % tuple(
            "%s %s" % (x["status"], (x.get("errorType", ""), x.get("error", ""))) for x in (got, wanted))
    if wanted["status"] == "error":
        return None
    wanted, got = wanted["data"], got["data"]
    if wanted["resultType"] != got["resultType"]:
        return "%s, not %s" % (got["resultType"], wanted["resultType"])
    if wanted["resultType"] == "string":
        return None if wanted["result"][1] == got["result"][1] else "%r, not %r" % (got["result"][1], wanted["result"][1])
    if wanted["resultType"] == "scalar":
        return same_points([wanted["result"]], [got["result"]])
    sides = [[(tuple(sorted(one["metric"].items())), points(one)) for one in side["result"]] for side in (wanted, got)]
    if not ordered:
        sides = [sorted(side) for side in sides]
    for (left, a), (right, b) in zip(*sides):
        if left != right:
            return "the series %s, not %s" % (dict(right), dict(left))
        difference = same_points(a, b)
        if difference:
            return "%s: %s" % (dict(left), difference)
    return None if len(sides[0]) == len(sides[1]) else "%d series, not %d" % (len(sides[1]), len(sides[0]))


def lines(name):
    for line in (HERE / name).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield line


def evaluations(base):
    for at in INSTANTS:
        yield "at %g s" % at, "/api/v1/query", {"time": "%.3f" % (base + at)}
    for start, end, step in RANGES:
        yield ("from %g to %g s" % (start, end), "/api/v1/query_range",
               {"start": "%.3f" % (base + start), "end": "%.3f" % (base + end), "step": step})


def check(query, urls, base):
    """The differences of one query, as text. Sorting orders instant vectors only."""
    ours, _, theirs = query.partition(" <=> ")
    differences = []
    for when, path, arguments in evaluations(base):
        wanted = ask(urls[0], path, query=theirs or ours, **arguments)
        got = ask(urls[1], path, query=ours, **arguments)
        ordered = path.endswith("query") and ours.split("(")[0].split(" ")[0] in ORDERED
        difference = compare(wanted, got, ordered)
        if difference:
            differences.append("%s: %s" % (when, difference))
    return differences


def load(base_ms, urls):
    """In slices of time, since Prometheus refuses what is an hour older than its newest sample."""
    everything = samples.series(base_ms)
    for start in range(base_ms, base_ms + samples.HOURS * 3600_000 + 60_000, 900_000):
        part = [(labels, [one for one in values if start <= one[0] < start + 900_000]) for labels, values in everything]
        part = [one for one in part if one[1]]
        for url in urls:
            if part:
                remote_write.send(url, part)
    return sum(len(values) for _, values in everything)


def run(urls, only):
    base = int(time.time()) // DAY * DAY - DAY + 6 * 3600
    print("%d samples sent" % load(base * 1000, urls))
    known = dict(line.split("\t", 1) for line in lines("known-differences.txt"))
    compared = differ = expected = 0
    for query in lines("queries.txt"):
        if only and only not in query:
            continue
        differences = check(query, urls, base)
        compared += 1
        if query in known:
            expected += 1
            if not differences:
                print("NO LONGER DIFFERENT: %s" % query)
            continue
        if differences:
            differ += 1
            print("DIFFERENT: %s\n    %s" % (query, "\n    ".join(differences)))
    print("%d compared, %d differ, %d known" % (compared, differ, expected))
    return 0 if compared and not differ else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--storage", default="memory:")
    parser.add_argument("--only")
    arguments = parser.parse_args()
    prometheus = programs.find_prometheus()
    if not prometheus:
        print("SKIPPED: there is no Prometheus, and Debian's package could not be fetched.")
        return 77
    started = []
    with tempfile.TemporaryDirectory() as directory:
        try:
            directory = pathlib.Path(directory)
            started.append(programs.start_prometheus(prometheus, directory / "prometheus"))
            started.append(programs.start_plimsoll(os.environ["PLIMSOLL_BIN"], directory / "plimsoll", arguments.storage))
            return run([program.url for program in started], arguments.only)
        finally:
            for program in started:
                program.stop()


if __name__ == "__main__":
    sys.exit(main())
