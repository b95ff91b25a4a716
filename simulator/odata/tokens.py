"""Skip and delta tokens: opaque texts of Graph's look that carry a place and the query they belong to.

Two tokens for the same place differ, and a token of another tenant or a changed one is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import Any

from simulator.wire import bad_request

# Tokens of the directory begin with RFNwdAoAAQ in base64.
_DIRECTORY_MARK = b"DSpt\n\x00\x01"
_SEAL_BYTES = 8


class Tokens:
    """Makes and reads the tokens of one tenant.

    Args:
        key: What the tokens are sealed with.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def make(self, purpose: str, content: Any, *, hexadecimal: bool = False) -> str:
        """A token for `content`, anything JSON can hold; in base64, or in hexadecimal as the log endpoints do.

        `purpose` names the listing: the token is good for no other.
        """
        body = secrets.token_bytes(4) + json.dumps(content, separators=(",", ":")).encode()
        sealed = self._seal(purpose, body) + body
        if hexadecimal:
            return f"{sealed.hex()}_1"
        return base64.urlsafe_b64encode(_DIRECTORY_MARK + sealed).rstrip(b"=").decode()

    def read(self, purpose: str, token: str) -> Any:
        """What the token was made for.

        Raises:
            GraphError: The token is not one of this tenant, or was made for another listing.
        """
        sealed = self._bytes(token)
        seal, body = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(purpose, body)):
            raise bad_request("Invalid Skip Token.", "Request_BadRequest")
        return json.loads(body[4:])

    def _seal(self, purpose: str, body: bytes) -> bytes:
        return hmac.new(self._key, purpose.encode() + b"\0" + body, hashlib.sha256).digest()[:_SEAL_BYTES]

    @staticmethod
    def _bytes(token: str) -> bytes:
        try:
            if token.endswith("_1"):
                return bytes.fromhex(token.removesuffix("_1"))
            return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).removeprefix(_DIRECTORY_MARK)
        except (ValueError, binascii.Error):
            raise bad_request("Invalid Skip Token.", "Request_BadRequest") from None
