#!/usr/bin/env python3
"""Fills an appliance with a day of a small shop's life, so that a page has something to show.

    tests/e2e/demo.py http://127.0.0.1:9510 [--hours 24] [--key plm_…]

Requests by route with a daily rhythm, one bad quarter of an hour, revenue, LLM calls, a few gauges, three deploys and
the alarms that go with them. The numbers are the same each time, up to the moment at which it runs."""
import argparse, json, math, random, time, urllib.request

ROUTES = [  # method, route, share of calls, median ms, share of errors
    ("POST", "/api/chat", 0.24, 280, 0.004),
    ("GET", "/api/threads/{id}", 0.30, 40, 0.0008),
    ("GET", "/api/me", 0.17, 9, 0.0),
    ("POST", "/api/checkout", 0.03, 170, 0.0012),
    ("GET", "/search", 0.12, 120, 0.002),
    ("POST", "/api/embed", 0.08, 110, 0.0),
    ("GET", "/healthz", 0.06, 2, 0.0),
]
MODELS = [("anthropic", "claude-sonnet-4", 0.45, 1800, 420), ("openai", "gpt-4o", 0.3, 1300, 350),
          ("openai", "gpt-4o-mini", 0.25, 900, 250)]
ALARMS = [
    ("p95 /api/chat", 'histogram_quantile(0.95, sum(increase(http_request_duration_seconds{route="/api/chat"}[5m])))', 0.9, "1m"),
    ("Error rate", 'sum(histogram_count(increase(http_request_duration_seconds{status=~"5.."}[5m]))) / '
                   "sum(histogram_count(increase(http_request_duration_seconds[5m])))", 0.02, "5m"),
    ("CPU", "max(host_cpu_usage_ratio)", 0.95, "10m"),
    ("Memory", "max(host_memory_used_ratio)", 0.85, "5m"),
    ("Disk", "max(host_disk_used_ratio)", 0.9, "5m"),
    ("Queue age", "max(queue_age_seconds)", 30, "2m"),
    ("DB connections", "max(db_connections)", 90, "5m"),
]


def send(url, path, body, key):
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def day_shape(seconds):
    """Load over the day, 0.3 to 1, lowest at five in the morning."""
    hour = seconds / 3600 % 24
    return 0.65 - 0.35 * math.cos((hour - 5) / 24 * 2 * math.pi)


def minute_of(rng, at, end):
    """Everything that happens in the minute that starts at `at` (s)."""
    bad = 4 * 3600 < end - at < 4 * 3600 + 900
    requests, llm, metrics = [], [], []
    for _ in range(int(240 * day_shape(at) * rng.uniform(0.85, 1.15))):
        method, route, _, median, errors = rng.choices(ROUTES, [r[2] for r in ROUTES])[0]
        status = 500 if rng.random() < errors * (20 if bad else 1) else 404 if rng.random() < 0.004 else 200
        slow = 3 if bad and route == "/api/chat" else 1
        requests.append({"method": method, "route": route, "status": status, "ts": round(at + rng.random() * 60, 3),
                         "duration_ms": round(median * slow * rng.lognormvariate(0, 0.45), 2)})
    for _ in range(rng.randrange(0, 5)):
        provider, model, _, tokens_in, tokens_out = rng.choices(MODELS, [m[2] for m in MODELS])[0]
        llm.append({"provider": provider, "model": model, "labels": {"endpoint": "/api/chat"}, "ts": round(at + rng.random() * 60, 3),
                    "input_tokens": int(tokens_in * rng.lognormvariate(0, 0.5)), "output_tokens": int(tokens_out * rng.lognormvariate(0, 0.5))})
    for second in range(0, 60, 15):
        ts = at + second
        metrics += [{"name": "queue_age_seconds", "value": round(8 + 6 * day_shape(ts) * rng.random(), 2), "labels": {"queue": "mail"}, "ts": ts},
                    {"name": "db_connections", "value": int(30 + 40 * day_shape(ts) + rng.random() * 8), "ts": ts}]
    if rng.random() < 0.12 * day_shape(at):
        plan, price = rng.choice([("pro", 49), ("team", 199), ("starter", 9.99)])
        metrics.append({"name": "revenue", "type": "event", "value": price, "labels": {"plan": plan}, "ts": at + 30})
    return {"requests": requests, "llm": llm, "metrics": metrics}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--key", default="")
    arguments = parser.parse_args()
    rng = random.Random(1)
    end = int(time.time()) - 60
    sent = 0
    for at in range(end - int(arguments.hours * 3600), end, 60):
        answer = send(arguments.url, "/ingest", minute_of(rng, at, end), arguments.key)
        sent += answer["accepted"]
        if answer["rejected"]:
            raise SystemExit(f"refused: {answer['errors'][:3]}")
    for hours_ago in (19, 6.5, 1.2):
        send(arguments.url, "/ingest", {"metrics": [{"name": "deploy", "type": "event", "value": 1, "labels": {"version": "v2.4.1"},
                                                     "ts": end - hours_ago * 3600}]}, arguments.key)
    for name, expr, threshold, hold in ALARMS:
        send(arguments.url, "/api/app/rules", {"name": name, "expr": expr, "op": ">", "threshold": threshold, "for": hold}, arguments.key)
    print(f"{sent} items over {arguments.hours:g} h, {len(ALARMS)} alarms")


if __name__ == "__main__":
    main()
