// What a page did, read from Chromium itself.

/** Before the page's scripts: notes when each canvas first got a curve (uPlot strokes curves as paths, grids without one), and the long tasks. */
export const watchDrawing = () => {
  window.__drawn = new Map();
  window.__long = [];
  const stroke = CanvasRenderingContext2D.prototype.stroke;
  CanvasRenderingContext2D.prototype.stroke = function (...given) {
    if (given[0] instanceof Path2D && !window.__drawn.has(this.canvas)) window.__drawn.set(this.canvas, performance.now());
    return stroke.apply(this, given);
  };
  new PerformanceObserver((list) => { for (const { startTime, duration } of list.getEntries()) window.__long.push([startTime, duration]); }).observe({ type: 'longtask', buffered: true });
};

/** Waits until `count` canvases of the page carry a curve; answers when the last one got it, in ms since the navigation began. */
export async function drawnAfter(page, count, deadlineMs = 30_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const { drawn, last } = await page.evaluate(() => {
      const there = [...window.__drawn].filter(([canvas]) => canvas.isConnected);
      return { drawn: there.length, last: Math.max(0, ...there.map(([, at]) => at)) };
    });
    if (drawn >= count) return last;
    if (Date.now() > end) throw new Error(`${drawn} of ${count} charts drawn within ${deadlineMs} ms`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

export const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;

async function tracedEvents(cdp, action) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  cdp.on('Tracing.dataCollected', collect);
  await cdp.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'devtools.timeline.frame', 'disabled-by-default-devtools.timeline.frame', 'blink.user_timing'] } });
  await action();
  const complete = new Promise((done) => cdp.once('Tracing.tracingComplete', done));
  await cdp.send('Tracing.end');
  await complete;
  cdp.off('Tracing.dataCollected', collect);
  return events;
}

/** Chromium tells of one task by two events, one within the other: it counts once. */
function outermost(tasks) {
  let until = 0;
  return tasks.sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0)).filter(({ ts, dur = 0 }) => {
    if (ts + dur <= until) return false;
    until = ts + dur;
    return true;
  });
}

/** The busy time of the page's main thread between one frame and the next, in ms, while `action` runs. */
export async function frameTimes(page, action) {
  const cdp = await page.context().newCDPSession(page);
  const events = await tracedEvents(cdp, async () => {
    await page.evaluate(() => performance.mark('plimsoll-bench'));
    await action();
  });
  await cdp.detach();
  const { pid, tid } = events.find(({ name }) => name === 'plimsoll-bench');
  const mine = events.filter((event) => event.pid === pid && event.tid === tid).sort((a, b) => a.ts - b.ts);
  const tasks = outermost(mine.filter(({ name, ph }) => ph === 'X' && /RunTask$/.test(name)));
  const frames = mine.filter(({ name }) => name === 'BeginMainThreadFrame').map(({ ts }) => ts);
  const busy = frames.slice(1).map((at, i) => tasks.filter(({ ts }) => ts >= frames[i] && ts < at).reduce((sum, { dur = 0 }) => sum + dur / 1000, 0));
  return { busy, frames: frames.length };
}

/** Heap, nodes and listeners after a collection of what is garbage. */
export async function memory(cdp) {
  await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const value = (wanted) => metrics.find(({ name }) => name === wanted)?.value ?? 0;
  return { heapKb: Math.round(value('JSHeapUsedSize') / 1024), nodes: value('Nodes'), listeners: value('JSEventListeners'), documents: value('Documents') };
}
