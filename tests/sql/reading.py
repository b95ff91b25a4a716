"""How lists were read: ones that agree with Graph's count or do not, and a log whose run broke off after its first window."""

from __future__ import annotations

from typing import Any

from .story import CONTOSO, LISTS, outcome, tell_outcomes
from .warehouse import Warehouse, ago


def counted(tenant: str, collection: str, graph_count: int | None, held_count: int) -> dict[str, Any]:
    """A cursor whose counts were taken a day ago, four days after the last full round."""
    cursor = {"tenant_id": tenant, "collection": collection, "link": "https://graph/delta", "taken_at": ago(0)}
    return cursor | {"full_at": ago(5), "counted_at": ago(1), "graph_count": graph_count, "held_count": held_count}


def tell_reading(warehouse: Warehouse) -> None:
    """Write cursors, window and outcomes into the raw tables."""
    warehouse.insert(
        "sync_cursors",
        counted(CONTOSO, "groups", 5, 4),
        counted("miscounted", "users", 100, 89),
        counted("miscounted", "groups", 100, 111),
        counted("miscounted", "service_principals", 100, 110),
        counted("miscounted", "applications", 10_000, 9_900),
        counted("miscounted", "oauth2_permission_grants", None, 7),
    )
    tell_outcomes(
        warehouse, *(outcome("miscounted", name, graph_count=7) for name in LISTS if name != "app_role_assigned_to")
    )
    window = {"tenant_id": "broken-off", "collection": "sign_ins_interactive", "run_id": "run-1"}
    times = {"window_from": ago(31), "window_to": ago(2), "read_at": ago(0)}
    warehouse.insert("sync_windows", window | times)
    tell_outcomes(warehouse, outcome("broken-off", "sign_ins_interactive", "partial", error="the connection was lost"))
