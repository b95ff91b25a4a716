"""What goes over the wire: a request, an answer, and the errors in Graph's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
TEXT = "text/plain"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Attributes:
        method: In capitals.
        path: Decoded, without the query.
        query: Decoded options; the last wins when one is repeated.
        headers: Names in lower case.
        body: As sent.
        base_url: Scheme, host and port the client used.
        id: The id of the request, a GUID.
        at: When it came in, by the tenant's clock.
        empty_page: Answer a listing with no rows and a link to the same place.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    id: str
    at: datetime
    empty_page: bool = False

    @property
    def form(self) -> dict[str, str]:
        """The body as a submitted form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """One HTTP response.

    Attributes:
        status: The status code.
        body: The bytes of the body.
        content_type: The media type.
        headers: Further headers.
        ending: `whole`; `drop` (the connection dies first), `cut` (less than Content-Length promises) or
            `cut-chunked` (a chunked body without its end).
        delay: Seconds to wait before answering.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: str = "whole"
    delay: float = 0.0


class GraphError(Exception):
    """A request that Graph refuses."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad_request(message: str, code: str = "BadRequest") -> GraphError:
    """A request that cannot be understood."""
    return GraphError(400, code, message)


def not_found(key: str) -> GraphError:
    """An object that does not exist."""
    message = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    return GraphError(404, "Request_ResourceNotFound", message)


def error_answer(request: Request, error: GraphError) -> Answer:
    """The body Graph sends with an error; the date has no zone."""
    inner = {
        "date": request.at.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request.id,
        "client-request-id": request.headers.get("client-request-id", request.id),
    }
    if error.code == "TooManyRequests":
        inner |= {"code": "429", "message": "Please retry after", "status": "429"}
    body = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
    return json_answer(body, error.status, headers=error.headers)


def json_answer(body: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), headers=headers or {})
