#!/usr/bin/env python3
"""Runs the side-by-side benchmark with Plimsoll as it is in production: a password is set, so every request needs its
key, and the key and its project have bounds of every kind, far above what is sent, so that each of them is looked at.

    PLIMSOLL_BIN=build/bin/plimsoll tests/bench/keyed.py BENCH run vm:prw plimsoll:prw plimsoll:json --stages bulk ...

BENCH is the directory of bench.py; what follows goes to it. Samples are sent with a key of the role ingest, read back
with one of the role read. PLIMSOLL_KEYED=project takes a project of its own in place of "default"."""
import json, os, shutil, signal, subprocess, sys, tempfile, urllib.request

BINARY = os.path.abspath(os.environ.get("PLIMSOLL_BIN", "build/bin/plimsoll"))
PORT = 18510
LIMITS = {"max_body_bytes": 60_000_000, "requests_per_second": 1_000_000, "samples_per_second": 1_000_000_000,
          "max_labels": 60, "max_name_bytes": 200, "max_value_bytes": 1000, "max_age_ms": 40 * 86_400_000,
          "max_future_ms": 3_600_000, "personal_data": "flag"}


def start(directory, **environment):
    process = subprocess.Popen([BINARY, "serve", "--data", directory, "--listen", f"127.0.0.1:{PORT}", "--statsd", "off"],
                               stdout=subprocess.PIPE, text=True, env=dict(os.environ, **environment))
    if "ready" not in process.stdout.readline():
        sys.exit("it did not start")
    return process


def key(directory, role):
    made = subprocess.run([BINARY, "key", "create", "--role", role, "--name", role, "--data", directory],
                          capture_output=True, text=True, check=True)
    return next(word for word in made.stdout.split() if word.startswith("plm_"))


def call(method, path, secret, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", method=method,
                                     data=json.dumps(body).encode() if body is not None else None,
                                     headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def prepare(directory):
    """A data directory with a password and keys; the keys to send and to read."""
    process = start(directory, PLIMSOLL_ADMIN_PASSWORD="correct horse battery")
    try:
        admin, send, read = (key(directory, role) for role in ("admin", "ingest", "read"))
        for item in call("GET", "/api/app/keys", admin)["items"]:
            if item["role"] == "ingest":
                changed = call("PATCH", f"/api/app/keys/{item['id']}", admin, {"limits": LIMITS})
                assert changed["limits"] == LIMITS, changed
        try:
            call("GET", "/api/v1/labels", "none")
            sys.exit("a request without a key was let in")
        except urllib.error.HTTPError as refused:
            assert refused.code == 401, refused
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    return send, read


def main():
    sys.path.insert(0, os.path.abspath(sys.argv[1]))
    import bench, targets
    with tempfile.TemporaryDirectory(prefix="keyed-") as work:
        template = os.path.join(work, "data")
        os.mkdir(template)
        send, read = prepare(template)
        authorization = [f"Authorization: Bearer {send}"]
        description = {"name": "plimsoll", "port": PORT, "ready": "/health/ready", "durability": "acks after fsync",
                       "argv": [BINARY, "serve", "--data", "{dir}", "--listen", "127.0.0.1:{port}", "--statsd", "off"],
                       "protos": {"prw": ["/api/v1/write", authorization], "influx": ["/write?precision=ms", authorization],
                                  "json": ["/ingest", authorization]}, "api": "/api/v1", "extra": ""}
        file = os.path.join(work, "plimsoll.json")
        with open(file, "w") as out:
            json.dump(description, out)
        targets.Generic.setup = lambda target, directory: shutil.copytree(template, directory, dirs_exist_ok=True)
        plain = targets.http

        def withKey(port, path, data=None, timeout=300, headers=None):
            own = {"Authorization": f"Bearer {read}"} if port == PORT else {}
            return plain(port, path, data, timeout, dict(own, **(headers or {})))

        targets.http = withKey
        sys.argv = [os.path.join(sys.argv[1], "bench.py"), *sys.argv[2:], "--target-file", file]
        bench.main()


if __name__ == "__main__":
    main()
