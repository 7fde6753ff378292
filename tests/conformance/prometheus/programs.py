# SPDX-License-Identifier: GPL-3.0-or-later
"""The two programs that are compared, each in its own directory and on a port of its own choice."""
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 60


class Program:
    def __init__(self, command, ready, directory):
        self.log = open(directory / "log", "w+b")
        self.process = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        self.url = "http://127.0.0.1:" + self._await(directory / "log", ready)

    def _await(self, log, ready):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            found = re.findall(ready, log.read_text(errors="replace"), re.S)
            if found:
                return found[-1]
            time.sleep(0.05)
        self.stop()
        raise RuntimeError("%s did not start:\n%s" % (self.process.args[0], log.read_text(errors="replace")[-2000:]))

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def find_prometheus():
    """The path of a Prometheus, or None: $PLIMSOLL_PROMETHEUS, an installed one, or Debian's, unpacked below the build."""
    given = os.environ.get("PLIMSOLL_PROMETHEUS") or shutil.which("prometheus")
    if given:
        return given
    fetched = subprocess.run([HERE / "fetch-prometheus"], capture_output=True, text=True)
    return fetched.stdout.strip() if fetched.returncode == 0 else None


def start_prometheus(path, directory):
    directory.mkdir()
    (directory / "prometheus.yml").write_text("global: {}\n")
    return Program([path, "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0",
                    "--web.enable-remote-write-receiver"],
                   r"Listening on.*?address=127\.0\.0\.1:(\d+).*ready to receive web requests", directory)


def start_plimsoll(path, directory, storage):
    directory.mkdir()
    return Program([path, "serve", "--data", str(directory / "data"), "--listen", "127.0.0.1:0", "--storage", storage,
                    "--query-experimental", "on"],
                   r"Plimsoll is ready at https?://[^ \n]*:(\d+)", directory)
