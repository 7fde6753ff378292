# SPDX-License-Identifier: Apache-2.0
"""Request metrics for FastAPI and Starlette apps, in one line."""

from .asgi import Middleware
from .client import Plimsoll


class Metrics:
    """Metrics(app, "http://127.0.0.1:9510", key="plm_…") measures every request of the app. Make it before the app
    starts; `client` sends your own numbers: metrics.client.track("revenue", 49, plan="pro")."""

    def __init__(self, app, url=None, key=None, *, client=None, labels=None):
        self.client = client or Plimsoll(url, key)
        app.add_middleware(Middleware, client=self.client, labels=labels)
