# SPDX-License-Identifier: Apache-2.0
"""Send metrics, events, HTTP requests and model calls to a Plimsoll."""

from .client import Plimsoll

Client = Plimsoll

__all__ = ["Client", "Plimsoll"]
__version__ = "0.1.0"
