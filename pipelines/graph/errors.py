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
    SyncStateGone,
    Throttled,
    TokenRejected,
    Unlicensed,
)

NO_LICENCE: Final = ("premium license", "premium licence", "not licensed")
"""What the message of a 403 says where a licence is missing; sign-ins, reports and Identity Protection word it differently."""

NO_LICENCE_CODES: Final = frozenset({"authentication_requestfromnonpremiumtenantorb2ctenant"})
PAGE_TOKEN_CODES: Final = frozenset({"directory_expiredpagetoken", "directory_resultsizelimitexceeded"})
SYNC_STATE_CODES: Final = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired"})
"""In lower case; Graph writes them in several ways."""

BY_STATUS: Final[dict[int, type[Refused]]] = {
    401: TokenRejected,
    403: Denied,
    404: NotFound,
    410: SyncStateGone,
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

    @property
    def units(self) -> int | None:
        """The resource units that Graph says the request cost; None where it does not say."""
        said = self.headers.get("x-ms-resource-unit", "")
        return int(said) if said.isdecimal() else None

    @property
    def used(self) -> float | None:
        """The share of the limit that Graph says is used, which it says above 0.8; None where it does not say."""
        try:
            return float(self.headers["x-ms-throttle-limit-percentage"])
        except (KeyError, ValueError):
            return None


def refusal(answer: Answer, shown: str) -> Refused:
    """Return the error that an answer with an error status is.

    The status decides, not the code: reports answer 429 with `UnknownError`. Only the licence, the page token and the
    state of a delta query are told by code or message, because no status is theirs alone.

    Args:
        answer: what came.
        shown: what was asked: method and path.
    """
    error = _error(answer.body)
    code = str(error.get("code") or "")
    message = str(error.get("message") or "")
    kind = _kind(answer.status, _codes(error), message.lower())
    said = f": {message.rstrip('.')}" if message else ""
    named = f" {code}" if code else ""
    return kind(
        f"Graph answered {answer.status}{named} to {shown}{said}.",
        status=answer.status,
        code=code,
        request_id=answer.headers.get("request-id", ""),
        retry_after=answer.headers.get("retry-after"),
        scope=answer.headers.get("x-ms-throttle-scope", ""),
    )


def _kind(status: int, codes: frozenset[str], message: str) -> type[Refused]:
    if status == HTTPStatus.FORBIDDEN and (codes & NO_LICENCE_CODES or any(words in message for words in NO_LICENCE)):
        return Unlicensed
    if status == HTTPStatus.BAD_REQUEST and (codes & PAGE_TOKEN_CODES or "skip token" in message):
        return ExpiredPageToken
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and codes & SYNC_STATE_CODES:
        return SyncStateGone
    return BY_STATUS.get(status, ServerFailed if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Refused)


def _codes(error: Any) -> frozenset[str]:
    """Return the codes of an error and of the errors inside it, in lower case."""
    codes = set()
    while isinstance(error, dict):
        codes.add(str(error.get("code") or "").lower())
        error = error.get("innerError", error.get("innererror"))
    return frozenset(codes)


def _error(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    error = decoded.get("error") if isinstance(decoded, dict) else None
    return error if isinstance(error, dict) else {}
