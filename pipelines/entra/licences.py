"""The licences that some lists need, and how a tenant's subscriptions show that it has them.

Source: "Product names and service plan identifiers for licensing" (learn.microsoft.com/entra/identity/users/licensing-service-plan-reference);
bundles such as Microsoft 365 E3 contain the same service plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

PREMIUM: Final = "Microsoft Entra ID P1 or P2"
WORKLOAD: Final = "Microsoft Entra Workload ID Premium"

PLANS: Final[Mapping[str, tuple[str, ...]]] = {
    PREMIUM: ("AAD_PREMIUM", "AAD_PREMIUM_P2"),
    WORKLOAD: ("AAD_WRKLDID_P1", "AAD_WRKLDID_P2"),
}
"""The service plans, each of which is the licence."""

IN_FORCE: Final = frozenset({"Enabled", "Warning"})
"""What the `capabilityStatus` of a subscription is while its services work; `Warning` after it ended, for some weeks."""


class _Plan(msgspec.Struct, rename="camel"):
    service_plan_name: str | None = None


class _Sku(msgspec.Struct, rename="camel"):
    capability_status: str | None = None
    service_plans: list[_Plan] | None = None


def plans(skus: Iterable[msgspec.Raw]) -> frozenset[str]:
    """Return the names of the service plans in force, of rows of `subscribedSkus`.

    Raises:
        msgspec.ValidationError: a row is none.
    """
    found = [msgspec.json.decode(row, type=_Sku) for row in skus]
    in_force = [plan for sku in found if sku.capability_status in IN_FORCE for plan in sku.service_plans or ()]
    return frozenset(plan.service_plan_name for plan in in_force if plan.service_plan_name)


def held(licence: str, plans: Iterable[str]) -> bool:
    """Return whether service plans in force are a licence."""
    return not set(PLANS[licence]).isdisjoint(plans)
