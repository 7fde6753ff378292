# SPDX-License-Identifier: GPL-3.0-or-later
import asyncio
import logging
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "packaging" / "python")]

from plimsoll.asgi import Metrics as AsgiMetrics  # noqa: E402
from plimsoll.fastapi import Metrics  # noqa: E402

try:
    import httpx
    from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException
    from fastapi.responses import StreamingResponse
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route
except ImportError as error:
    raise unittest.SkipTest("FastAPI is not installed: %s" % error)


class Recorder:
    """Stands where the client stands and keeps what it is given."""

    def __init__(self):
        self.requests = []
        self.samplers = []
        self.flushed = 0
        self.fail = False

    def request(self, method, route, status, duration_ms, *, ts=None, labels=None):
        if self.fail:
            raise RuntimeError("the client fails")
        self.requests.append((method, route, status))
        self.last_ms = duration_ms

    def sample_every_5s(self, sampler):
        self.samplers.append(sampler)

    def flush(self, timeout=None):
        self.flushed += 1
        return True


def fastapi_app(recorder):
    app = FastAPI()
    Metrics(app, client=recorder)
    router = APIRouter()

    @router.get("/items/{item_id}")
    async def item(item_id: int):
        return {"id": item_id}

    @app.get("/broken")
    async def broken():
        raise RuntimeError("a bug of the app")

    @app.get("/teapot")
    async def teapot():
        raise HTTPException(418)

    @app.get("/stream")
    async def stream():
        async def pieces():
            for _ in range(3):
                await asyncio.sleep(0.05)
                yield b"x"
        return StreamingResponse(pieces())

    @app.get("/background")
    async def background(tasks: BackgroundTasks):
        tasks.add_task(asyncio.sleep, 0.5)
        return {}

    @app.get("/in-flight")
    async def in_flight():
        return {"figure": recorder.samplers[0]()}

    inner = FastAPI()

    @inner.get("/users/{user_id}")
    async def user(user_id: str):
        return {"id": user_id}

    app.include_router(router, prefix="/api")
    app.mount("/v2/{tenant}", inner)
    app.mount("/plain", Starlette(routes=[Route("/x/{y}", lambda request: PlainTextResponse("x"))]))
    app.mount("/files", lambda scope, receive, send: PlainTextResponse("f")(scope, receive, send))
    return app


class AsgiTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.recorder = Recorder()
        logging.getLogger("plimsoll").setLevel(logging.CRITICAL)

    async def get(self, app, path, method="GET"):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.request(method, path)

    async def test_names_routes_by_template(self):
        app = fastapi_app(self.recorder)
        for path in ("/api/items/17", "/api/items/18", "/api/items/x", "/v2/acme/users/9", "/plain/x/3", "/files/a/b.css"):
            await self.get(app, path)
        self.assertEqual(self.recorder.requests, [
            ("GET", "/api/items/{item_id}", 200), ("GET", "/api/items/{item_id}", 200),
            ("GET", "/api/items/{item_id}", 422), ("GET", "/v2/{tenant}/users/{user_id}", 200),
            ("GET", "/plain/x/{y}", 200), ("GET", "/files/*", 200)])

    async def test_what_no_route_answers_is_other(self):
        app = fastapi_app(self.recorder)
        for path in ("/nowhere/1", "/v2/acme/nowhere", "/plain/nowhere"):
            await self.get(app, path)
        self.assertEqual(self.recorder.requests, [("GET", "other", 404)] * 3)

    async def test_methods(self):
        app = fastapi_app(self.recorder)
        await self.get(app, "/teapot", "DELETE")
        await self.get(app, "/teapot", "BREW")
        self.assertEqual([(m, s) for m, _, s in self.recorder.requests], [("DELETE", 405), ("OTHER", 405)])

    async def test_exceptions_are_500_and_go_on(self):
        app = fastapi_app(self.recorder)
        answer = await self.get(app, "/broken")
        self.assertEqual(answer.status_code, 500)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            with self.assertRaisesRegex(RuntimeError, "a bug of the app"):
                await client.get("/broken")
        await self.get(app, "/teapot")
        self.assertEqual(self.recorder.requests, [("GET", "/broken", 500)] * 2 + [("GET", "/teapot", 418)])

    async def test_streams_are_timed_to_their_end(self):
        app = fastapi_app(self.recorder)
        answer = await self.get(app, "/stream")
        self.assertEqual(answer.content, b"xxx")
        self.assertEqual(self.recorder.requests, [("GET", "/stream", 200)])
        self.assertGreaterEqual(self.recorder.last_ms, 140)

    async def test_background_tasks_are_not_part_of_the_request(self):
        app = fastapi_app(self.recorder)
        await self.get(app, "/background")
        self.assertLess(self.recorder.last_ms, 450)

    async def test_counts_requests_in_flight(self):
        app = fastapi_app(self.recorder)
        answer = await self.get(app, "/in-flight")
        self.assertEqual(answer.json()["figure"][:2], ["http_requests_in_flight", 1])
        self.assertEqual(self.recorder.samplers[0]()[1], 0)

    async def test_never_disturbs_the_app(self):
        self.recorder.fail = True
        app = fastapi_app(self.recorder)
        self.assertEqual((await self.get(app, "/api/items/1")).status_code, 200)

    async def test_cancelled_requests(self):
        async def app(scope, receive, send):
            raise asyncio.CancelledError()

        with self.assertRaises(asyncio.CancelledError):
            await AsgiMetrics(app, client=self.recorder)({"type": "http", "method": "GET", "path": "/"}, None, None)
        self.assertEqual(self.recorder.requests, [("GET", "other", 499)])

    async def test_wraps_any_asgi_app(self):
        app = AsgiMetrics(Starlette(routes=[Mount("/a", routes=[Route("/b/{c}", lambda request: PlainTextResponse("x"))])]),
                          client=self.recorder)
        await self.get(app, "/a/b/1")
        named = AsgiMetrics(PlainTextResponse("x"), client=self.recorder, route=lambda scope: "/named")
        await self.get(named, "/whatever")
        self.assertEqual(self.recorder.requests, [("GET", "/a/b/{c}", 200), ("GET", "/named", 200)])

    async def test_passes_other_scopes_and_flushes_at_shutdown(self):
        seen = []

        async def app(scope, receive, send):
            seen.append(scope["type"])
            await send({"type": "lifespan.shutdown.complete"} if scope["type"] == "lifespan" else {"type": "websocket.close"})

        sent = []

        async def send(message):
            sent.append(message["type"])

        wrapped = AsgiMetrics(app, client=self.recorder)
        await wrapped({"type": "websocket"}, None, send)
        await wrapped({"type": "lifespan"}, None, send)
        self.assertEqual(seen, ["websocket", "lifespan"])
        self.assertEqual(sent, ["websocket.close", "lifespan.shutdown.complete"])
        self.assertEqual(self.recorder.flushed, 1)
        self.assertEqual(self.recorder.requests, [])


if __name__ == "__main__":
    unittest.main()
