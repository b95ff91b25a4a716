"""The one loop over next links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote, urlencode

import msgspec

from pipelines.errors import BadAnswer, ExpiredPageToken, Refused, SyncStateGone
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
        cost: resource units of one request, where the quota counts those.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    bucket: str = "directory"
    cost: int = 1

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
        delta_link: on the last page of a delta query's round, where the next round starts.
    """

    rows: list[msgspec.Raw]
    count: int | None
    starts_over: bool
    delta_link: str | None = None


class Envelope(msgspec.Struct):
    """The JSON of a page, rows unparsed."""

    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    delta_link: str | None = msgspec.field(name="@odata.deltaLink", default=None)
    count: int | None = msgspec.field(name="@odata.count", default=None)


_decoder = msgspec.json.Decoder(Envelope)


def pages(client: GraphClient, listing: Listing, traffic: Traffic, start: str | None = None) -> Iterator[Page]:
    """Yield the pages of a listing, every one, in order.

    Where Graph forgets the page token, the listing starts over and the first page of the new round says so.

    Args:
        client: Graph.
        listing: what to ask for.
        traffic: counts what this takes.
        start: an absolute link to begin at instead of the listing's first page: a delta link, or a next link.

    Raises:
        ForeignLink: a link leads to another origin than Graph's.
        SyncStateGone: the delta link is no longer known.
        ExpiredPageToken: Graph keeps forgetting the page token, or `start` itself is forgotten.
        GraphError: the listing could not be read to its end.
        IdentityError: Entra gave no token.
    """
    for round_ in range(RESTARTS + 1):
        is_begun = False
        try:
            for page in _round(client, listing, traffic, start, starts_over=round_ > 0):
                is_begun = True
                yield page
        except ExpiredPageToken as expired:
            if start is not None and not is_begun:
                raise _forgotten(start, expired) from expired
            if round_ == RESTARTS:
                raise
        else:
            return


def _round(
    client: GraphClient, listing: Listing, traffic: Traffic, start: str | None, *, starts_over: bool
) -> Iterator[Page]:
    url: str | None = start or listing.url(client.url)
    followed: set[str] = set()
    while url is not None:
        followed.add(url)
        envelope = client.get(
            url,
            headers=listing.headers,
            bucket=listing.bucket,
            traffic=traffic,
            parse=lambda body: parse(body, listing.path),
            units=listing.cost,
        )
        if envelope.next_link in followed:
            raise BadAnswer(
                f"Graph's next link for GET {listing.path} leads to a page that was read already, so that the listing has no end; run the same command again in some minutes, and report it where it stays so."
            )
        traffic.add(pages=1)
        yield Page(envelope.value, envelope.count, starts_over, envelope.delta_link)
        starts_over = False
        url = envelope.next_link


def _forgotten(start: str, expired: ExpiredPageToken) -> Refused:
    """Return what it means that the very link a round began at has expired."""
    if "$deltatoken" not in unquote(start).lower():
        return expired
    return SyncStateGone(str(expired), status=expired.status, code=expired.code, request_id=expired.request_id)


def parse(body: bytes, path: str) -> Envelope:
    """Return the page that a body holds.

    Raises:
        BadAnswer: it holds none.
    """
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadAnswer(
            f"Graph answered GET {path} with {_describe(body)} instead of a JSON page; run the same command again, and where it stays so, check the proxy settings: something else may answer in Graph's place."
        ) from fault


def _describe(body: bytes) -> str:
    if not body.strip():
        return "an empty body"
    if body.lstrip()[:1] == b"<":
        return "an HTML page"
    return f"{len(body)} bytes that are cut or malformed"
