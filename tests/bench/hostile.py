#!/usr/bin/env python3
"""What hostile clients do to another one: its p99, and the memory of the program.

    tests/bench/hostile.py [--bin build/bin/plimsoll] [--seconds 8]

Starts a program of its own for each attack, measures a client that sends one sample at a time over one connection
first in quiet and then under the attack, and prints both p99, their ratio, and by how much the program grew. The
client is a process of its own. Prints only; nothing is asserted, because it depends on the machine.
"""
import argparse
import gzip
import http.client
import multiprocessing
import os
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
import time

PAUSE = 0.005  # between two requests of the client that is measured


def victim(port, seconds, out):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    times, failed, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.perf_counter()
        connection.request('POST', '/track/victim?who=me', b'1')
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - begin)
        failed += answer.status != 200
        time.sleep(PAUSE)
    times.sort()
    out.send((times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3, times[-1] * 1e3, failed, len(times)))


def measure(port, seconds):
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=victim, args=(port, seconds, there))
    process.start()
    figures = here.recv()
    process.join()
    return figures


class Program:
    def __init__(self, binary):
        self.directory = tempfile.mkdtemp(prefix='hostile-')
        environment = dict(os.environ, PLIMSOLL_STATSD='off')
        self.process = subprocess.Popen([binary, 'serve', '--data', self.directory + '/data', '--listen', '127.0.0.1:0'],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        for line in self.process.stdout:
            if found := re.search(r'ready at http://[^ ]*:(\d+)', line):
                self.port = int(found[1])
                break
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def memory(self, field):
        with open(f'/proc/{self.process.pid}/status', encoding='ascii') as status:
            return int(re.search(field + r':\s+(\d+)', status.read())[1])

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def post(port, path, body, headers=None):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=120)
    try:
        connection.request('POST', path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except OSError:
        return 0
    finally:
        connection.close()


def again(stop, statuses, send):
    while not stop.is_set():
        status = send()
        statuses[status] = statuses.get(status, 0) + 1


def gzip_bombs(port, stop, statuses):
    bomb = gzip.compress(b' ' * (32 << 20), 9) * 32
    again(stop, statuses, lambda: post(port, '/ingest', bomb, {'Content-Encoding': 'gzip'}))


def snappy_lies(port, stop, statuses):
    body = b'\xff\xff\xff\xff\x0f' + b'\xfe' * 300_000
    again(stop, statuses, lambda: post(port, '/api/v1/write', body, {'Content-Encoding': 'snappy'}))


def deep_json(port, stop, statuses):
    body = b'{"metrics":' + b'[' * 1_000_000
    again(stop, statuses, lambda: post(port, '/ingest', body))


def slow_connections(port, stop, statuses):
    sockets = []
    while not stop.is_set():
        if len(sockets) < 2000:
            client = socket.create_connection(('127.0.0.1', port))
            client.send(b'POST /ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n{' if len(sockets) % 2
                        else b'GET /metrics HTTP/1.1\r\nHost: loc')
            sockets.append(client)
        else:
            for client in sockets[:: 7]:
                try:
                    client.send(b'x')
                except OSError:
                    statuses['closed'] = statuses.get('closed', 0) + 1
            time.sleep(0.2)
    statuses['opened'] = len(sockets)
    for client in sockets:
        client.close()


def label_values(port, stop, statuses):
    sent = [0]

    def send():
        if sent[0] >= 300_000:
            time.sleep(0.1)
            return 'rested'
        body = ''.join(f'logins,user=u{sent[0] + i} value=1\n' for i in range(5000))
        sent[0] += 5000
        return post(port, '/write', body)
    again(stop, statuses, send)


def garbage(port, stop, statuses):
    again(stop, statuses, lambda: post(port, '/ingest', os.urandom(2000)))


ATTACKS = [gzip_bombs, snappy_lies, deep_json, slow_connections, label_values, garbage]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bin', default='build/bin/plimsoll')
    parser.add_argument('--seconds', type=float, default=8)
    parser.add_argument('--only', help='part of the name of an attack')
    options = parser.parse_args()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    print(f'{"attack":18}{"quiet p50":>10}{"p99 ms":>8}{"attacked p50":>13}{"p99 ms":>8}{"ratio":>7}{"failed":>8}'
          f'{"grew MiB":>10}  answers')
    for attack in ATTACKS:
        if options.only and options.only not in attack.__name__:
            continue
        program = Program(options.bin)
        try:
            measure(program.port, 1)
            quiet = measure(program.port, options.seconds)
            before = program.memory('VmRSS')
            stop, statuses = multiprocessing.Event(), multiprocessing.Manager().dict()
            attacker = multiprocessing.Process(target=attack, args=(program.port, stop, statuses))
            attacker.start()
            attacked = measure(program.port, options.seconds)
            stop.set()
            attacker.join()
            grew = (program.memory('VmHWM') - before) / 1024
            print(f'{attack.__name__:18}{quiet[0]:10.2f}{quiet[1]:8.2f}{attacked[0]:13.2f}{attacked[1]:8.2f}'
                  f'{attacked[1] / quiet[1]:7.2f}{attacked[3]:8}{grew:10.1f}  {dict(statuses)}', flush=True)
        finally:
            program.stop()


if __name__ == '__main__':
    main()
