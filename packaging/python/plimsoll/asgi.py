# SPDX-License-Identifier: Apache-2.0
"""Request metrics for ASGI apps: method, route template, status, duration, requests in flight, event loop and threads."""

import asyncio
import logging
import multiprocessing
import time

from .client import Plimsoll
from .runtime import Runtime

_log = logging.getLogger("plimsoll")

OTHER = "other"
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))


def _safely(function, *arguments):
    """The result, or None where it raises: measuring must never disturb the app."""
    try:
        return function(*arguments)
    except Exception:
        _log.debug("measuring failed", exc_info=True)
        return None


class Middleware:
    """Measures the requests of an ASGI app and hands them to a client. Plain ASGI, so that streams and websockets pass
    through untouched."""

    def __init__(self, app, client, route=None, labels=None):
        """route: a function of the scope that names the route template, for frameworks that do not put it there."""
        self.app = app
        self.client = client
        self.in_flight = 0
        self._route = route
        self._labels = dict(labels or {})
        self._runtime = Runtime(self._figure_labels)
        for figure in (self._in_flight_figure, self._runtime.lag_figure, self._runtime.threads_figure):
            _safely(client.sample_every_5s, figure)

    async def __call__(self, scope, receive, send):
        _safely(self._runtime.watch)
        if scope["type"] == "http":
            await self._measure(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self.app(scope, receive, self._flushing(send))
        else:
            await self.app(scope, receive, send)

    async def _measure(self, scope, receive, send):
        request = _Request(self, scope)
        self.in_flight += 1
        try:
            await self.app(scope, receive, request.watching(send))
        except asyncio.CancelledError:
            request.end(499)
            raise
        except BaseException:
            request.end(500)
            raise
        else:
            request.end(None)
        finally:
            self.in_flight -= 1

    def _flushing(self, send):
        """At shutdown what waits is sent, without holding up the event loop."""

        async def wrapped(message):
            if message["type"].startswith("lifespan.shutdown."):
                _safely(self._runtime.stop)
                try:
                    await asyncio.get_running_loop().run_in_executor(None, self.client.flush, 2.0)
                except Exception:
                    _log.debug("the last flush failed", exc_info=True)
            await send(message)

        return wrapped

    def _figure_labels(self):
        labels = dict(self._labels)
        worker = multiprocessing.current_process().name
        if worker != "MainProcess":
            labels["worker"] = worker
        return labels

    def _in_flight_figure(self):
        return "http_requests_in_flight", self.in_flight, self._figure_labels()

    def record(self, scope, app, path, root_path, status, seconds):
        route = self._route(scope) if self._route else route_template(scope, app, path, root_path, status)
        method = scope.get("method", "")
        self.client.request(method if method in _METHODS else "OTHER", route or OTHER, status, round(seconds * 1000, 3),
                            labels=self._labels)


class _Request:
    """One request on its way."""

    def __init__(self, middleware, scope):
        self._middleware = middleware
        self._scope = scope
        self._app = scope.get("app") or middleware.app
        self._path = scope.get("path", "")
        self._root_path = scope.get("root_path", "")
        self._start = time.perf_counter()
        self._status = None
        self._ended = False

    def watching(self, send):
        async def wrapped(message):
            if message["type"] == "http.response.start":
                self._status = message.get("status", 500)
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self.end(None)

        return wrapped

    def end(self, status):
        """Counts once; `status` is for a request that has no response of its own or failed in the middle of it."""
        if self._ended:
            return
        self._ended = True
        status = status or self._status or 500
        seconds = time.perf_counter() - self._start
        _safely(self._middleware.record, self._scope, self._app, self._path, self._root_path, status, seconds)


def route_template(scope, app, path, root_path, status):
    """The template of the route that answered, with those of the mounts around it; None where there was none. `app`,
    `path` and `root_path` are those that the request came with: inner apps and mounts change them in the scope."""
    route = scope.get("route")
    if route is not None and scope.get("root_path", "") == root_path:
        return getattr(route, "path", None)
    if scope.get("endpoint") is None:
        return None
    request = {"type": "http", "method": scope.get("method", "GET"), "path": path, "root_path": root_path,
               "headers": scope.get("headers", []), "path_params": {}}
    return _find(getattr(app, "routes", None) or [], request, status)


def _find(routes, request, status):
    """Asks Starlette's routes which one answers, for mounted apps and for routes that do not name themselves."""
    partial = None
    for route in routes:
        if not hasattr(route, "matches"):
            continue
        match, child = route.matches(dict(request))
        if match.value == 0:
            continue
        found = _template(route, child, request, status)
        if match.value == 2:
            return found
        partial = partial or found
    return partial


def _template(route, child, request, status):
    path = getattr(route, "path", "")
    if not hasattr(route, "routes"):
        return path or None
    if not route.routes:  # static files and foreign apps: what is below is not known
        return None if status == 404 else path + "/*"
    deeper = dict(request)
    deeper.update((key, child[key]) for key in ("path", "root_path") if key in child)
    found = _find(route.routes, deeper, status)
    return None if found is None else path + found


class Metrics(Middleware):
    """Wraps an ASGI app: app = Metrics(app, "http://127.0.0.1:9510", key="plm_…")."""

    def __init__(self, app, url=None, key=None, *, client=None, route=None, labels=None):
        super().__init__(app, client or Plimsoll(url, key), route=route, labels=labels)
