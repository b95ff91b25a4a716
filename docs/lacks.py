"""What a tenant may lack, and what that leaves unknown: asked of the code that `consentry check` asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.licences import PLANS
from pipelines.entra.outcomes import Outcome
from pipelines.entra.permissions import WIDER, holding
from pipelines.errors import Denied, Unlicensed
from pipelines.warehouse.answers import unknown

GRANTED: Final = ("Directory.Read.All", "AuditLog.Read.All", "IdentityRiskyServicePrincipal.Read.All")
"""The three permissions that open everything."""

LEAST: Final = tuple(sorted({collection.permission for collection in COLLECTIONS}))
"""The narrowest permissions that open everything."""

MISSING: Final = (*LEAST, *sorted(PLANS))
"""Permissions and licences that may be missing."""


def shown(missing: str) -> str:
    """Return what a page calls a permission or licence."""
    return missing if missing in PLANS else f"`{missing}`"


def lost(missing: str) -> Mapping[str, str]:
    """Return the collections that are not read where one thing is missing and the rest is there, and what each leaves unknown."""
    needing = {collection.name for collection in COLLECTIONS if missing in (collection.permission, collection.licence)}
    return {name: sentence for name, sentence in unknown(_outcomes(missing)).items() if name in needing}


def failing(missing: str) -> frozenset[str]:
    """Return those of them without which a sync fails."""
    return frozenset(outcome.collection.name for outcome in _outcomes(missing) if outcome.has_failed)


@cache
def _outcomes(missing: str) -> tuple[Outcome, ...]:
    """Return what a sync finds without a permission, and without those that open the same, or without a licence."""
    held = set(LEAST) - {missing, *WIDER.get(missing, ())}
    found: dict[str, Outcome] = {}
    for collection in COLLECTIONS:
        found[collection.name] = outcome = Outcome("", "", collection)
        if collection.instead_of and found[collection.instead_of].is_complete:
            outcome.spared()
        elif holding(collection.permission, held) is None:
            outcome.failed(Denied("", status=403))
        elif collection.licence == missing:
            outcome.failed(Unlicensed("", status=403))
        else:
            outcome.completed()
    return tuple(found.values())
