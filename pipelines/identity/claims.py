"""What an access token says about itself.

Graph's tokens are opaque to an app by contract: nothing that is read here decides who may do what, it is only told to a
person, and a token that cannot be read says nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any


def read(token: str) -> Mapping[str, Any]:
    """Return the claims of a JWT, without checking its signature; none where the token is none."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
