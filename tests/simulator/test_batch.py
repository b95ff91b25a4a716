"""`$batch`: up to twenty requests in one, each with its own answer."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from simulator import Tenant, populate
from tests.simulator.reader import NOW, Open, Reader


def post(reader: Reader, parts: Any) -> requests.Response:
    """Send a batch."""
    return reader.session.post(f"{reader.server.url}/v1.0/$batch", json={"requests": parts}, timeout=10)


def part(key: str, url: str, **headers: str) -> dict[str, Any]:
    """One request of a batch."""
    return {"id": key, "method": "GET", "url": url, "headers": headers}


def test_each_part_has_its_own_answer(crowd: Reader) -> None:
    """Good and bad parts are answered one by one under their ids; next links are absolute."""
    parts = [
        part("a", "/users?$top=1"),
        part("b", "/users/nobody"),
        part("c", "/users/$count", ConsistencyLevel="eventual"),
    ]
    answers = {answer["id"]: answer for answer in post(crowd, parts).json()["responses"]}
    assert [answers[key]["status"] for key in "abc"] == [200, 404, 200]
    assert answers["a"]["body"]["@odata.nextLink"].startswith(f"{crowd.server.url}/v1.0/users?")
    assert answers["b"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert answers["c"]["body"] == str(crowd.server.tenant.count("users"))


@pytest.mark.parametrize(
    "parts",
    [[part(str(n), "/users") for n in range(21)], [part("x", "/users"), part("X", "/groups")], "nonsense"],
    ids=["too many", "same id twice", "no list"],
)
def test_bad_batch_is_refused_whole(crowd: Reader, parts: Any) -> None:
    """More than twenty parts, ids that are equal but for case, and anything that is no batch give 400."""
    assert post(crowd, parts).status_code == 400


def test_parts_are_throttled_one_by_one(read: Open) -> None:
    """When the limit is reached in the middle of a batch, the rest has 429 inside an answer of 200."""
    reader = read(populate(users=5, apps=2, days=1, now=NOW), throttling=True)
    answer = post(reader, [part(str(number), "/auditLogs/signIns?$top=1") for number in range(7)])
    statuses = [entry["status"] for entry in answer.json()["responses"]]
    assert (answer.status_code, statuses) == (200, [200] * 5 + [429] * 2)
    assert float(answer.json()["responses"][6]["headers"]["Retry-After"]) == 10.0


def test_faults_reach_into_a_batch(story: Tenant, read: Open) -> None:
    """A fault for a path happens to the part with that path."""
    reader = read(story)
    fault = reader.server.faults.server_error("/groups", status=503)
    answers = post(reader, [part("1", "/users"), part("2", "/groups")]).json()["responses"]
    assert [answer["status"] for answer in answers] == [200, 503]
    assert fault.count == 1
