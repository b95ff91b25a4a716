"""Tenants that are known from one rung of the ladder of usage sources each, or from a mixture."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .leavers import gone
from .story import KINDS, LISTS, app, assignment, outcome, sign_in, tell_outcomes, window
from .warehouse import NOW, Warehouse, ago

COUNTED = ("non_interactive", "service_principal", "managed_identity")
REPORT = "service_principal_sign_in_activities"
APPS = ("busy", "failing", "dusty", "robot", "edge", "early", "api", "nameless")


def summary(tenant: str, name: str, at: datetime, kind: str = "non_interactive", **more: Any) -> dict[str, Any]:
    """A group of equal sign-ins of one day; the first was at that time, and there were two unless said otherwise."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    principal = {"user_id": "ann"} if kind == "non_interactive" else {"service_principal_id": f"sp-{name}"}
    row = {"tenant_id": tenant, "_collection": f"summarized_{kind}", "app_id": f"app-{name}", "sign_in_count": 2}
    row |= {"aggregation_date_time": day, "first_sign_in_date_time": at, "status__error_code": 0} | principal | more
    return {"id": "/".join(str(value) for value in row.values())} | row


def refused(tenant: str, *collections: str, result: str = "denied") -> list[dict[str, Any]]:
    """Outcomes of collections that could not be read."""
    return [outcome(tenant, name, result) for name in collections]


def summaries_outcome(tenant: str, kind: str, result: str = "complete", **more: Any) -> dict[str, Any]:
    """What became of the counts of a kind."""
    return outcome(tenant, f"summarized_{kind}", result, table_name="summarized_sign_ins", **more)


def reported(tenant: str, name: str, **times: datetime) -> dict[str, Any]:
    """A row of the report; `delegated_client__success=…` and the like are its times."""
    blocks = {
        "any": "last_sign_in_activity",
        "delegated_client": "delegated_client_sign_in_activity",
        "app_only_client": "application_authentication_client_sign_in_activity",
        "delegated_resource": "delegated_resource_sign_in_activity",
    }
    properties = {"attempt": "last_sign_in_date_time", "success": "last_successful_sign_in_date_time"}
    columns = {}
    for key, at in times.items():
        block, what = key.split("__")
        columns[f"{blocks[block]}__{properties[what]}"] = at
    return {"tenant_id": tenant, "id": f"activity-{name}", "app_id": f"app-{name}"} | columns


def tell_counted(warehouse: Warehouse) -> None:
    """Interactive sign-ins one by one, of the other kinds counts only."""
    tenant = "counted"
    warehouse.insert("service_principals", *(app(name, tenant) for name in APPS))
    warehouse.insert("service_principals", app("vm", tenant, service_principal_type="ManagedIdentity"))
    warehouse.insert("users", {"tenant_id": tenant, "id": "bob", "user_principal_name": "Bob@Contoso"})
    names = ("busy", "dusty", "nameless")
    warehouse.insert(
        "app_role_assigned_to", *(assignment("ann", "User", f"sp-{n}", n, tenant_id=tenant) for n in names)
    )
    start = NOW - timedelta(days=30)
    warehouse.insert(
        "summarized_sign_ins",
        summary(tenant, "old", ago(30.5)),
        summary(tenant, "busy", ago(3)),
        summary(tenant, "busy", ago(3), user_id=None, user_principal_name="bob@contoso", sign_in_count=5),
        summary(tenant, "busy", ago(3), status__error_code=50126, sign_in_count=7),
        summary(tenant, "busy", ago(3), status__error_code=50140, sign_in_count=11),
        summary(tenant, "busy", ago(2), **gone("absent")),
        summary(tenant, "nameless", ago(2), user_id=None),
        summary(tenant, "failing", ago(2), status__error_code=50126),
        summary(tenant, "robot", ago(2), "service_principal", resource_id="app-api"),
        summary(tenant, "vm", ago(2), "managed_identity", app_id=None),
        summary(tenant, "edge", start - timedelta(hours=3)),
        summary(tenant, "early", start - timedelta(hours=3), sign_in_count=1),
    )
    warehouse.insert("sign_ins", sign_in("busy", 3, tenant_id=tenant))
    tell_outcomes(
        warehouse,
        *(outcome(tenant, name) for name in LISTS),
        outcome(tenant, "sign_ins_interactive", **window()),
        *refused(tenant, *(f"sign_ins_{kind}" for kind in COUNTED), result="unavailable"),
        *(summaries_outcome(tenant, kind) for kind in COUNTED),
    )


def tell_short(warehouse: Warehouse) -> None:
    """Counts that reach back ten days only, and none at all."""
    warehouse.insert("summarized_sign_ins", summary("short", "other", ago(10)))
    for tenant in ("short", "empty"):
        warehouse.insert("service_principals", app("dusty", tenant))
        tell_outcomes(
            warehouse,
            outcome(tenant, "sign_ins_interactive", **window()),
            *refused(tenant, *(f"sign_ins_{kind}" for kind in COUNTED), result="unlicensed"),
            *(summaries_outcome(tenant, kind) for kind in COUNTED),
        )


def tell_handover(warehouse: Warehouse) -> None:
    """Counts until nine days ago, single sign-ins since noon eleven days ago but for a morning: some days are known from both."""
    tenant, read = "handover", {"started_at": ago(9), "finished_at": ago(9)}
    warehouse.insert("service_principals", *(app(name, tenant) for name in ("busy", "dusty", "api")))
    api = {"resource_id": "app-api"}
    begun = NOW.replace(hour=12) - timedelta(days=11)
    noon = {number: NOW.replace(hour=13) - timedelta(days=number) for number in (8, 9, 10, 11, 20, 29)}
    warehouse.insert(
        "summarized_sign_ins",
        *(
            summary(tenant, "busy", noon[number], "service_principal", sign_in_count=number, **api)
            for number in (10, 11, 20, 29)
        ),
        *(summary(tenant, "dusty", noon[number], "service_principal", status__error_code=50126) for number in (9, 10)),
        summary(tenant, "busy", NOW - timedelta(days=9, hours=1), "service_principal", sign_in_count=4, **api),
        summary(tenant, "other", ago(38), "service_principal"),
    )
    single = [noon[number] for number in (8, 9, 10, 11)] + [NOW - timedelta(days=9, hours=1)]
    days_ago = [(NOW - at) / timedelta(days=1) for at in single]
    warehouse.insert(
        "sign_ins", *(sign_in("busy", days, "service_principal", tenant_id=tenant, **api) for days in days_ago)
    )
    midnight = NOW.replace(hour=0) - timedelta(days=9)
    before = {"window_from": begun, "window_to": midnight}
    since = {"window_from": midnight.replace(hour=11), "window_to": ago(0.02)}
    tell_outcomes(
        warehouse,
        outcome(tenant, "sign_ins_interactive", **window()),
        outcome(tenant, "sign_ins_non_interactive", **window()),
        outcome(tenant, "sign_ins_service_principal", run_id="run-0", **before),
        outcome(tenant, "sign_ins_service_principal", **since),
        summaries_outcome(tenant, "service_principal", run_id="run-0", **read),
        *(summaries_outcome(tenant, kind, "not_needed") for kind in COUNTED),
    )


def tell_reported(warehouse: Warehouse) -> None:
    """Neither sign-ins nor counts, but the reports of last activities; in one tenant they are too old."""
    names = ("recent", "longago", "absent", "attempted", "failing", "api", "keyed", "rolelessly")
    for tenant, read_days_ago in (("reported", 0.5), ("outdated", 2.0)):
        lists = [f"sign_ins_{kind}" for kind in KINDS] + [f"summarized_{kind}" for kind in COUNTED]
        warehouse.insert("service_principals", *(app(name, tenant) for name in names))
        warehouse.insert("service_principals", app("vm", tenant, service_principal_type="ManagedIdentity"))
        warehouse.insert(
            REPORT,
            reported(tenant, "recent", delegated_client__success=ago(3)),
            reported(tenant, "longago", delegated_client__success=ago(40), app_only_client__attempt=ago(50)),
            reported(tenant, "attempted", delegated_client__attempt=ago(3)),
            reported(tenant, "failing", delegated_client__success=ago(40)) | attempted_since(ago(3)),
            reported(tenant, "api", delegated_resource__success=ago(4)),
            reported(tenant, "rolelessly", any__attempt=ago(4)),
            reported(tenant, "unseen", app_only_client__success=ago(5), app_only_client__attempt=ago(5)),
            reported(tenant, "dropped", delegated_client__success=ago(3)) | gone("absent"),
        )
        key = {"id": "key", "app_id": "app-keyed", "sign_in_activity__last_successful_sign_in_date_time": ago(6)}
        warehouse.insert("app_credential_sign_in_activities", {"tenant_id": tenant} | key)
        tell_outcomes(
            warehouse,
            *refused(tenant, *lists),
            outcome(tenant, REPORT, started_at=ago(read_days_ago)),
        )


def attempted_since(at: datetime) -> dict[str, Any]:
    """A later attempt by people, which did not succeed."""
    return {"delegated_client_sign_in_activity__last_sign_in_date_time": at}


def tell_noted(warehouse: Warehouse) -> None:
    """Nothing but Entra's notes on people's accounts."""
    tenant, old = "noted", {"created_date_time": ago(400)}
    warehouse.insert(
        "service_principals", app("locked", tenant, app_role_assignment_required=True), app("open", tenant)
    )
    people = ("idle", "never", "active", "trying", "refused", "unnoted", "lagging")
    warehouse.insert("users", *({"tenant_id": tenant, "id": name} | old for name in people))
    activity = "sign_in_activity__last_"
    success, attempt = f"{activity}successful_sign_in_date_time", f"{activity}sign_in_date_time"
    notes: dict[str, dict[str, Any]] = {
        "idle": {success: ago(31), attempt: ago(31)},
        "never": {},
        "active": {success: ago(2), attempt: ago(2)},
        "trying": {f"{activity}non_interactive_sign_in_date_time": ago(2)},
        "refused": {success: ago(90), attempt: ago(2)},
        "lagging": {success: ago(31), attempt: ago(31)},
    }
    warehouse.insert(
        "user_sign_in_activity", *({"tenant_id": tenant, "id": name} | note for name, note in notes.items())
    )
    warehouse.insert("sign_ins", sign_in("open", 0.5, tenant_id=tenant, user_id="lagging"))
    assigned = [assignment(name, "User", "sp-locked", "r", tenant_id=tenant) for name in people]
    warehouse.insert("app_role_assigned_to", *assigned)
    tell_outcomes(
        warehouse,
        *refused(tenant, *(f"sign_ins_{kind}" for kind in KINDS), REPORT),
        *(outcome(tenant, name) for name in ("app_role_assigned_to", "user_sign_in_activity")),
    )


def tell_silent(warehouse: Warehouse) -> None:
    """A report and notes on accounts that were answered in full, without anything in them."""
    tenant, people = "silent", ("ann", "bob")
    lists = [f"sign_ins_{kind}" for kind in KINDS] + [f"summarized_{kind}" for kind in COUNTED]
    warehouse.insert("service_principals", app("dusty", tenant))
    warehouse.insert("users", *({"tenant_id": tenant, "id": name, "created_date_time": ago(400)} for name in people))
    warehouse.insert("user_sign_in_activity", *({"tenant_id": tenant, "id": name} for name in people))
    warehouse.insert(
        "app_role_assigned_to", *(assignment(name, "User", "sp-dusty", "r", tenant_id=tenant) for name in people)
    )
    read = (REPORT, "app_role_assigned_to", "user_sign_in_activity")
    tell_outcomes(warehouse, *refused(tenant, *lists), *(outcome(tenant, name) for name in read))


def only_robots_counted(tenant: str) -> list[dict[str, Any]]:
    """People's sign-ins one by one, of apps' own only counts."""
    return [
        outcome(tenant, "sign_ins_interactive", **window()),
        outcome(tenant, "sign_ins_non_interactive", **window()),
        *refused(tenant, "sign_ins_service_principal", result="unavailable"),
        summaries_outcome(tenant, "service_principal"),
    ]


def tell_outlived(warehouse: Warehouse) -> None:
    """Counts of a week, beside counts of another kind that were last needed 45 days ago."""
    tenant, kind, read = "outlived", "non_interactive", {"started_at": ago(45), "finished_at": ago(45)}
    warehouse.insert("service_principals", app("dusty", tenant))
    warehouse.insert(
        "summarized_sign_ins",
        summary(tenant, "other", ago(50), kind),
        summary(tenant, "other", ago(7), "service_principal"),
    )
    tell_outcomes(
        warehouse,
        *only_robots_counted(tenant),
        summaries_outcome(tenant, kind, run_id="run-0", **read),
        summaries_outcome(tenant, kind, "not_needed"),
    )


def tell_moved_on(warehouse: Warehouse) -> None:
    """Counts that Graph no longer lists: of days older than its list, which holds a month or a week, and of a day in it."""
    for tenant, oldest in (("month", 29.9), ("week", 7)):
        warehouse.insert("service_principals", *(app(name, tenant) for name in ("busy", "replaced")))
        warehouse.insert(
            "summarized_sign_ins",
            summary(tenant, "busy", ago(oldest + 2), "service_principal") | gone("absent"),
            summary(tenant, "busy", ago(oldest + 2), "service_principal", sign_in_count=1) | gone("absent", oldest),
            summary(tenant, "replaced", ago(oldest - 2), "service_principal") | gone("absent"),
            summary(tenant, "other", ago(oldest), "service_principal"),
        )
        tell_outcomes(warehouse, *only_robots_counted(tenant))


def tell_ladder(warehouse: Warehouse) -> None:
    """Write all of these tenants into the raw tables."""
    rungs = (tell_counted, tell_short, tell_handover, tell_reported, tell_noted)
    for tell in (*rungs, tell_silent, tell_outlived, tell_moved_on):
        tell(warehouse)
