"""Graph's published limits, as `limits.toml` states them, and whether a tenant's are kept."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pipelines.clouds import microsoft_hosts
from pipelines.settings import Tenant

DIRECTORY: Final = "directory"
"""The bucket of users, groups, apps and what belongs to them; the only one whose use Graph tells."""

EVERYTHING: Final = "everything"
"""The limit of an app that every request counts against."""


@dataclass(frozen=True)
class Limit:
    """At most so many units in any span of so many seconds.

    Attributes:
        units: how many.
        seconds: how long the span is.
        weighed: a request counts as its resource units, otherwise as one.
        also: other buckets that the same request counts against.
        sizes: (users, units): the units of a tenant with fewer users, smallest first.
    """

    units: int
    seconds: float
    weighed: bool = False
    also: tuple[str, ...] = ()
    sizes: tuple[tuple[float, int], ...] = ()

    def sized(self, users: int) -> Limit:
        """Return the limit in a tenant with so many users."""
        return replace(self, units=next((units for below, units in self.sizes if users < below), self.units))


def is_kept(tenant: Tenant) -> bool:
    """Return whether the published limits are kept: at Microsoft's hosts, or as the settings say."""
    if tenant.quota == "auto":
        return urlsplit(tenant.graph_url).hostname in microsoft_hosts()
    return tenant.quota == "published"


def _read(table: Mapping[str, Any]) -> Mapping[str, Limit]:
    return {name: _limit(**row) for name, row in table.items()}


def _limit(seconds: float, units: int = 0, sizes: Any = (), also: Any = (), **more: bool) -> Limit:
    # Before the size of a tenant is known, the smallest is safe.
    by_size = tuple((below, most) for below, most in sizes)
    return Limit(by_size[0][1] if by_size else units, seconds, also=tuple(also), sizes=by_size, **more)


_published = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
OF_TENANT: Final = _read(_published["tenant"])
OF_APP: Final = _read(_published["app"])
