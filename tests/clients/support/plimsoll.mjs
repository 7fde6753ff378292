// A real appliance for a real client, and what is read back from it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Appliance } from '../../e2e/support/appliance.mjs';

export const deadlineMs = 30_000;

/** Starts an appliance with more arguments of `serve`; stop it with stop(). */
export const start = (...more) => Appliance.start(more);

async function get(appliance, path, parameters) {
  const response = await fetch(`${appliance.address}${path}?${new URLSearchParams(parameters)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** The result of an instant query, as the Prometheus API gives it; `time` in seconds, absent means now. */
export async function query(appliance, expr, time) {
  const answer = await get(appliance, '/api/v1/query', time === undefined ? { query: expr } : { query: expr, time });
  return answer.data.result;
}

/** All samples of a selector in the last hour and the next one: [{ metric, values: [[seconds, text]] }]. */
export const samples = (appliance, selector) => query(appliance, `${selector}[2h]`, Date.now() / 1000 + 3600);

/** The one number that a query yields; nothing where it yields none. */
export async function value(appliance, expr) {
  const result = await query(appliance, expr);
  if (result.length > 1) throw new Error(`${expr} yields ${result.length} series`);
  return result.length ? Number(result[0].value[1]) : undefined;
}

/** Waits until an asynchronous check yields something true, and returns it. */
export async function until(check, what = 'it') {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come within ${deadlineMs} ms`);
    await sleep(50);
  }
}
