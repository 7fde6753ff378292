"""An ASGI app that is asked by nobody but itself, with the Python client around it: loop.py URL SECONDS."""

import asyncio
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[3] / "packaging" / "python")]

from plimsoll.asgi import Metrics  # noqa: E402


async def app(scope, receive, send):
    await asyncio.sleep(0.02)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


async def main(url, seconds):
    measured = Metrics(app, url)
    scope = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_):
        pass

    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        await measured(scope, receive, send)


asyncio.run(main(sys.argv[1], float(sys.argv[2])))
