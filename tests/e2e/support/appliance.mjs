// A real appliance in a temporary directory, on a port of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const binary = process.env.PLIMSOLL_BIN ?? resolve(here, '../../../build/bin/plimsoll');

const startDeadlineMs = 30_000;
const stopDeadlineMs = 20_000;

function readyAddress(child, said) {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`no ready line:\n${said.join('')}`)), startDeadlineMs);
    const read = (chunk) => {
      said.push(String(chunk));
      const found = /Plimsoll is ready at (http:\/\/[^\s/]+)/.exec(said.join(''));
      if (!found) return;
      clearTimeout(timer);
      done(found[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => { clearTimeout(timer); failed(error); });
    child.once('exit', (code) => { clearTimeout(timer); failed(new Error(`ended with ${code}:\n${said.join('')}`)); });
  });
}

export class Appliance {
  static async start(more = []) {
    const data = await mkdtemp(join(tmpdir(), 'plimsoll-e2e-'));
    const appliance = new Appliance(data, more);
    try {
      await appliance.run('127.0.0.1:0');
    } catch (error) {
      await rm(data, { recursive: true, force: true });
      throw error;
    }
    return appliance;
  }

  /** `more` are further arguments of `serve`. */
  constructor(data, more = []) {
    this.data = data;
    this.more = more;
  }

  /** Starts the program on the data directory; again after halt(), on the same port. */
  async run(listen) {
    this.said = [];
    this.child = spawn(binary, ['serve', '--data', this.data, '--listen', listen, ...this.more], { stdio: ['ignore', 'pipe', 'pipe'], env: { PLIMSOLL_STATSD: 'off', ...process.env } });
    this.ended = new Promise((done) => this.child.once('exit', done));
    this.address = await readyAddress(this.child, this.said);
  }

  async halt() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      const late = setTimeout(() => this.child.kill('SIGKILL'), stopDeadlineMs);
      await this.ended;
      clearTimeout(late);
    }
  }

  async stop() {
    await this.halt();
    await rm(this.data, { recursive: true, force: true });
  }

  get host() {
    return new URL(this.address).host;
  }

  async send(path, body, headers = {}) {
    const response = await fetch(this.address + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }
}
