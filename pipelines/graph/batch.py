"""Many lists in few requests: `$batch`, twenty lists each, several at once.

Graph judges every request inside a batch by itself, so each list has a fate of its own: whole, to be asked again, or
refused. Batching saves round trips only; every list inside counts against the quota.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import msgspec

from pipelines.errors import BadAnswer, ExpiredPageToken, GraphError, Refused, TokenRejected
from pipelines.graph.client import Faults, GraphClient, Request, Traffic
from pipelines.graph.errors import Answer, refusal
from pipelines.graph.governor import Grant
from pipelines.graph.pages import RESTARTS, Listing, pages, parse

LARGEST: Final = 20
AT_ONCE: Final = 8
"""Batches under way: enough for a second each to use the directory's units of a small tenant."""

OUTER: Final = frozenset({HTTPStatus.OK, HTTPStatus.FAILED_DEPENDENCY})
"""Statuses of a batch that was carried out; Graph used to answer 424 where a request inside was throttled."""

Rows = list[msgspec.Raw]
Kind = tuple[str, str, int]
"""What lists of one batch have in common: API version, bucket and cost."""


@dataclass(eq=False)
class _Want:
    """A list that is wanted, and what happened to it so far."""

    key: str
    listing: Listing
    faults: Faults = field(default_factory=Counter)
    restarts: int = 0

    @property
    def kind(self) -> Kind:
        return self.listing.path.split("/")[1], self.listing.bucket, self.listing.cost

    def part(self, number: int) -> dict[str, Any]:
        """Return the request inside a batch; its address begins behind the version."""
        url = self.listing.url("").removeprefix(f"/{self.kind[0]}")
        headers = {"headers": dict(self.listing.headers)} if self.listing.headers else {}
        return {"id": str(number), "method": "GET", "url": url, **headers}


@dataclass(frozen=True)
class _Done:
    """A list that is whole, or finally refused."""

    want: _Want
    result: Rows | Refused


@dataclass(frozen=True)
class _More:
    """A list of which there are more pages."""

    want: _Want
    rows: Rows
    link: str


@dataclass(frozen=True)
class _Again:
    """A list that must be asked for again."""

    want: _Want
    after: float = 0.0


_Fate = _Done | _More | _Again


class _Part(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, Any] = {}
    body: msgspec.Raw = msgspec.Raw(b"")

    def answer(self) -> Answer:
        return Answer(self.status, {k.lower(): str(v) for k, v in self.headers.items()}, bytes(self.body))


class _Envelope(msgspec.Struct):
    responses: list[_Part]


_decoder = msgspec.json.Decoder(_Envelope)


def lists(
    client: GraphClient, listings: Iterable[tuple[str, Listing]], traffic: Traffic
) -> Iterator[tuple[str, Rows | Refused]]:
    """Yield every list under its key as soon as it is whole, in any order; or the refusal that it ended with.

    Args:
        client: Graph.
        listings: (key, what to ask for); taken as there is room, never all at once.
        traffic: counts what this takes.

    Raises:
        GraphError: Graph cannot be used: no connection, no batches, or tokens that it does not accept.
        IdentityError: Entra gave no token.
    """
    work = _Work(client, traffic)
    queue = _Queue(client, listings)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="batch") as pool:
        running: set[Future[list[_Fate]]] = set()
        try:
            while True:
                while len(running) < AT_ONCE and (batch := queue.next()):
                    running.add(pool.submit(work.carry_out, *batch))
                if not running:
                    return
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for fate in (fate for future in ended for fate in future.result()):
                    if isinstance(fate, _Done):
                        yield fate.want.key, fate.result
                    elif isinstance(fate, _Again):
                        queue.put_back(fate)
                    else:
                        running.add(pool.submit(work.read_on, fate))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _Queue:
    """The lists still to be asked for, as batches of one kind."""

    def __init__(self, client: GraphClient, listings: Iterable[tuple[str, Listing]]):
        self._client = client
        self._fresh = iter(listings)
        self._open: defaultdict[Kind, list[_Want]] = defaultdict(list)
        self._again: defaultdict[Kind, deque[_Again]] = defaultdict(deque)

    def put_back(self, again: _Again) -> None:
        """Ask for a list in a later batch."""
        self._again[again.want.kind].append(again)

    def next(self) -> tuple[list[_Want], float] | None:
        """Return the next batch and the seconds to wait before it, or None where nothing is left."""
        for kind, waiting in self._again.items():
            if waiting:
                some = [waiting.popleft() for _ in range(min(self._most(kind), len(waiting)))]
                return [again.want for again in some], max(again.after for again in some)
        for want in (_Want(key, listing) for key, listing in self._fresh):
            filled = self._open[want.kind]
            filled.append(want)
            if len(filled) >= self._most(want.kind):
                return self._open.pop(want.kind), 0.0
        return (self._open.popitem()[1], 0.0) if self._open else None

    def _most(self, kind: Kind) -> int:
        _, bucket, cost = kind
        return int(max(1, min(LARGEST, self._client.governor.at_once(bucket, cost))))


class _Work:
    """What the threads do; each returns the fates of lists."""

    def __init__(self, client: GraphClient, traffic: Traffic):
        self._client = client
        self._traffic = traffic

    def carry_out(self, wants: list[_Want], after: float) -> list[_Fate]:
        """Send a batch."""
        self._client.wait(after, self._traffic)
        try:
            answers, grant = self._client.ask(
                self._request(wants), self._traffic, lambda body: _answers(body, len(wants))
            )
        except TokenRejected:
            raise
        except Refused as refused:
            return [_Done(want, refused) for want in wants]
        self._account(grant, answers)
        return [self._fate(want, answer, grant) for want, answer in zip(wants, answers, strict=True)]

    def read_on(self, begun: _More) -> list[_Fate]:
        """Follow the next links of a list."""
        want, later = begun.want, Rows()
        try:
            for page in pages(self._client, want.listing, self._traffic, begun.link):
                if page.starts_over:
                    later.clear()
                later.extend(page.rows)
        except TokenRejected:
            raise
        except ExpiredPageToken as expired:
            want.restarts += 1
            return [_Again(want) if want.restarts <= RESTARTS else _Done(want, expired)]
        except Refused as refused:
            return [_Done(want, refused)]
        return [_Done(want, begun.rows + later)]

    def _request(self, wants: list[_Want]) -> Request:
        version, bucket, cost = wants[0].kind
        body = msgspec.json.encode({"requests": [want.part(number) for number, want in enumerate(wants)]})
        url = f"{self._client.url}/{version}/$batch"
        return Request(url, {}, bucket, cost * len(wants), body, len(wants), OUTER)

    def _account(self, grant: Grant, answers: list[Answer]) -> None:
        units = [answer.units for answer in answers]
        used = [answer.used for answer in answers if answer.used is not None]
        cost = grant.charge.units // len(answers)
        total = sum(cost if unit is None else unit for unit in units)
        self._client.governor.answered(grant, total, max(used, default=None))

    def _fate(self, want: _Want, answer: Answer, grant: Grant) -> _Fate:
        try:
            if answer.status != HTTPStatus.OK:
                raise refusal(answer, f"GET {want.listing.path}")
            envelope = parse(answer.body, want.listing.path)
        except GraphError as error:
            return self._after(want, error, grant)
        self._traffic.add(pages=1)
        if envelope.next_link is not None:
            return _More(want, envelope.value, envelope.next_link)
        return _Done(want, envelope.value)

    def _after(self, want: _Want, error: GraphError, grant: Grant) -> _Fate:
        again = self._client.again(error, want.faults, grant)
        if again is not None:
            return _Again(want, again.after)
        if not isinstance(error, Refused):
            raise error
        return _Done(want, error)


def _answers(body: bytes, count: int) -> list[Answer]:
    """Return the answers inside a batch, in the order of its requests.

    Raises:
        BadAnswer: it is not the answer to this batch.
        TokenRejected: a request inside was not authorized, so that the token is no longer good for the others either.
    """
    try:
        parts = _decoder.decode(body).responses
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadAnswer(
            "Graph answered POST $batch with something else than the answers of a batch; run the same command again, and where it stays so, check the proxy settings: something else may answer in Graph's place."
        ) from fault
    by_id = {part.id: part.answer() for part in parts}
    if len(parts) != count or by_id.keys() != {str(number) for number in range(count)}:
        raise BadAnswer(
            f"Graph answered POST $batch of {count} requests with answers to others; run the same command again in some minutes, and report it where it stays so."
        )
    answers = [by_id[str(number)] for number in range(count)]
    for answer in answers:
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise refusal(answer, "POST $batch")
    return answers
