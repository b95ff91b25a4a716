"""How lists were read: one that was reconciled with Graph, and a log whose run broke off after its first window."""

from __future__ import annotations

from .story import CONTOSO, outcome, tell_outcomes
from .warehouse import Warehouse, ago


def tell_reading(warehouse: Warehouse) -> None:
    """Write cursor, window and outcome into the raw tables."""
    cursor = {"tenant_id": CONTOSO, "collection": "groups", "link": "https://graph/delta", "taken_at": ago(0)}
    counts = {"full_at": ago(5), "counted_at": ago(1), "graph_count": 5, "held_count": 4}
    warehouse.insert("sync_cursors", cursor | counts)
    window = {"tenant_id": "broken-off", "collection": "sign_ins_interactive", "run_id": "run-1"}
    times = {"window_from": ago(31), "window_to": ago(2), "read_at": ago(0)}
    warehouse.insert("sync_windows", window | times)
    tell_outcomes(warehouse, outcome("broken-off", "sign_ins_interactive", "partial", error="the connection was lost"))
