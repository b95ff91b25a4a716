"""The one loop over next links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from pipelines.errors import BadAnswer, ExpiredPageToken
from pipelines.graph.client import GraphClient, Traffic

RESTARTS: Final = 5


@dataclass(frozen=True)
class Listing:
    """What to ask Graph for.

    Attributes:
        path: with the API version, for example `/v1.0/users`.
        params: query options of the first request.
        headers: sent with every page; next links do not carry them.
        bucket: the quota it counts against.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    bucket: str = "directory"

    def url(self, origin: str) -> str:
        """Return the address of the first page."""
        query = urlencode(self.params, safe="$,:/()'", quote_via=quote)
        return f"{origin}{self.path}" + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing.

    Attributes:
        rows: each row's JSON, unparsed.
        count: how many rows Graph says the listing has, where it says so.
        starts_over: the listing began again with this page; rows of earlier pages come again.
    """

    rows: list[msgspec.Raw]
    count: int | None
    starts_over: bool


class _Envelope(msgspec.Struct):
    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    count: int | None = msgspec.field(name="@odata.count", default=None)


_decoder = msgspec.json.Decoder(_Envelope)


def pages(client: GraphClient, listing: Listing, traffic: Traffic) -> Iterator[Page]:
    """Yield the pages of a listing, every one, in order.

    Where Graph forgets the page token, the listing starts over and the first page of the new round says so.

    Raises:
        GraphError: the listing could not be read to its end.
        IdentityError: Entra gave no token.
    """
    for round_ in range(RESTARTS + 1):
        try:
            yield from _round(client, listing, traffic, starts_over=round_ > 0)
        except ExpiredPageToken:
            if round_ == RESTARTS:
                raise
        else:
            return


def _round(client: GraphClient, listing: Listing, traffic: Traffic, *, starts_over: bool) -> Iterator[Page]:
    url: str | None = listing.url(client.url)
    followed: set[str] = set()
    while url is not None:
        followed.add(url)
        envelope = client.get(
            url,
            headers=listing.headers,
            bucket=listing.bucket,
            traffic=traffic,
            parse=lambda body: _parse(body, listing.path),
        )
        if envelope.next_link in followed:
            raise BadAnswer(
                f"Graph's next link for GET {listing.path} leads to a page that was read already; the listing cannot be completed."
            )
        traffic.add(pages=1)
        yield Page(envelope.value, envelope.count, starts_over)
        starts_over = False
        url = envelope.next_link


def _parse(body: bytes, path: str) -> _Envelope:
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadAnswer(f"Graph answered GET {path} with {_describe(body)} instead of a JSON page.") from fault


def _describe(body: bytes) -> str:
    if not body.strip():
        return "an empty body"
    if body.lstrip()[:1] == b"<":
        return "an HTML page"
    return f"{len(body)} bytes that are cut or malformed"
