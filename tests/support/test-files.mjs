// Runs files of node tests as TAP: node test-files.mjs FILES_AT_ONCE FILE... A file that has not ended after ten
// minutes is ended and is a failure with its name, so that one that hangs hides nothing of the others.
import process from 'node:process';
import { run } from 'node:test';
import { tap } from 'node:test/reporters';
import { resolve } from 'node:path';

const fileTimeoutMs = Number(process.env.PLIMSOLL_TEST_FILE_TIMEOUT_MS ?? 600_000);
const [concurrency, ...files] = process.argv.slice(2);

run({ concurrency: Number(concurrency), files: files.map((file) => resolve(file)), timeout: fileTimeoutMs })
  .on('test:fail', ({ todo }) => { if (todo === undefined) process.exitCode = 1; })
  .compose(tap)
  .pipe(process.stdout);
