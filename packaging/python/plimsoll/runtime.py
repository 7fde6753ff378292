# SPDX-License-Identifier: Apache-2.0
"""How the process of an ASGI app is doing: how late its event loop is, and how full the threads that run blocking routes."""

import asyncio
import logging

_log = logging.getLogger("plimsoll")

_PERIOD = 0.1


def _thread_limiter():
    """Starlette's and FastAPI's plain functions run in anyio's threads; without anyio there are none."""
    try:
        import anyio.to_thread

        return anyio.to_thread.current_default_thread_limiter()
    except Exception:
        return None


class Runtime:
    """Watches the event loop that watch() is called on. The figures are the worst since they were last taken."""

    def __init__(self, labels):
        """labels: a function that gives the labels of the figures."""
        self._labels = labels
        self._loop = self._task = None
        self._due = self._lag = self._used = None

    def watch(self):
        """On the event loop; again costs a comparison. An app that moves to another loop is watched there."""
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        self._loop, self._lag, self._used = loop, 0.0, None
        self._due = loop.time() + _PERIOD
        self._task = loop.create_task(self._run(loop))

    def stop(self):
        task, self._task, self._loop = self._task, None, None
        if task is not None:
            task.cancel()

    async def _run(self, loop):
        limiter = _thread_limiter()
        while loop is self._loop:
            self._due = loop.time() + _PERIOD
            await asyncio.sleep(_PERIOD)
            self._lag = max(self._lag, loop.time() - self._due)
            if limiter is not None and limiter.total_tokens:
                self._used = max(self._used or 0.0, limiter.borrowed_tokens / limiter.total_tokens)

    def lag_figure(self):
        """A loop that hangs right now counts with the time it has hung so far."""
        loop = self._loop
        if loop is None:
            return None
        lag, self._lag = max(self._lag, loop.time() - self._due, 0.0), 0.0
        return "event_loop_lag_seconds", round(lag, 6), self._labels()

    def threads_figure(self):
        used, self._used = self._used, None
        return None if used is None else ("thread_pool_used_ratio", round(used, 4), self._labels())
