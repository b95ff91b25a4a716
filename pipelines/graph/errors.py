"""Answers -> errors: which branch of the tree an answer of Graph is."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec

from pipelines.errors import (
    Denied,
    ExpiredPageToken,
    NotFound,
    Refused,
    ServerFailed,
    Throttled,
    TokenRejected,
    Unlicensed,
)

PREMIUM: Final = ("premium license", "premium licence")
PAGE_TOKEN_CODES: Final = frozenset({"Directory_ExpiredPageToken", "Directory_ResultSizeLimitExceeded"})
BY_STATUS: Final[dict[int, type[Refused]]] = {
    401: TokenRejected,
    403: Denied,
    404: NotFound,
    429: Throttled,
    509: Throttled,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, whole.

    Attributes:
        status: the HTTP status.
        headers: header names in lower case -> values.
        body: the bytes.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def refusal(answer: Answer, path: str) -> Refused:
    """Return the error that an answer with an error status is.

    The status decides, not the code: reports answer 429 with `UnknownError`. Only the licence and the page token are
    told by code or message, because no status is theirs alone.
    """
    error = _error(answer.body)
    code = str(error.get("code") or "")
    message = str(error.get("message") or "")
    kind = _kind(answer.status, code, message)
    said = f": {message.rstrip('.')}" if message else ""
    named = f" {code}" if code else ""
    return kind(
        f"Graph answered {answer.status}{named} to GET {path}{said}.",
        status=answer.status,
        code=code,
        request_id=answer.headers.get("request-id", ""),
        retry_after=answer.headers.get("retry-after"),
    )


def _kind(status: int, code: str, message: str) -> type[Refused]:
    if status == HTTPStatus.FORBIDDEN and any(word in message.lower() for word in PREMIUM):
        return Unlicensed
    if status == HTTPStatus.BAD_REQUEST and (code in PAGE_TOKEN_CODES or "skip token" in message.lower()):
        return ExpiredPageToken
    return BY_STATUS.get(status, ServerFailed if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Refused)


def _error(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    error = decoded.get("error") if isinstance(decoded, dict) else None
    return error if isinstance(error, dict) else {}
