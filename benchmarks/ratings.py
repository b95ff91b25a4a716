"""The permission ratings against the published lists: where they agree, and why they do not where it matters most.

The lists rate one thing in three to five steps; Consentry rates two, from 0 to 100. What is compared is the worse of the two.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import duckdb

from benchmarks.report import Section, Verdict
from flows import steps
from pipelines import settings
from pipelines.settings import Home
from simulator import Tenant, serve

TIERS = ("critical", "high", "medium", "low", "none")
"""Worst first."""


@dataclass(frozen=True)
class Rated:
    """A permission that a list names, as `dim_permission` has it.

    Attributes:
        name: its value, kind and API.
        kind: application or delegated.
        tier: the worse of its two tiers.
        rating: the greater of its two ratings; None if unrated.
        is_pattern_rated: whether its name decided.
        takeover: that rating, with its reason.
        data_exposure: that rating, with its reason.
        levels: what each list says, by the list's name; lists that say nothing are left out.
    """

    name: str
    kind: str
    tier: str
    rating: int | None
    is_pattern_rated: bool
    takeover: tuple[int | None, str | None]
    data_exposure: tuple[int | None, str | None]
    levels: dict[str, str]

    @property
    def why(self) -> str:
        """The reason for the rating that decides."""
        takeover, data_exposure = self.takeover, self.data_exposure
        decisive = takeover if (takeover[0] or 0) >= (data_exposure[0] or 0) else data_exposure
        return decisive[1] or "no reason given"


@dataclass(frozen=True)
class List:
    """A published list.

    Attributes:
        name: in `Rated.levels`.
        title: what it is called.
        levels: worst first.
        top: those that say what "critical" says here, or the nearest the list has.
        near: the tiers that do not contradict the top levels.
    """

    name: str
    title: str
    levels: tuple[str, ...]
    top: tuple[str, ...]
    near: tuple[str, ...]


LISTS = (
    List("scubagear", "ScubaGear", ("critical", "high", "medium", "low"), ("critical",), ("critical",)),
    List("microsoft", "Microsoft's privilege levels", ("5", "4", "3", "2", "1"), ("5", "4"), ("critical", "high")),
    List("msidentitytools", "MSIdentityTools", ("high", "medium", "low"), ("high",), ("critical", "high")),
)
SCUBAGEAR, MICROSOFT, MSIDENTITYTOOLS = LISTS


def measure() -> list[Section]:
    """Build the models on a small tenant and compare what they make of the lists."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        tenant = Tenant()
        tenant.app("Payroll", created_days_ago=300).holds("Mail.Read")
        with serve(tenant) as server:
            steps.sync(steps.Plan(settings.tenants(server.settings), home))
        return sections(read(home.warehouse))


def read(file: Path) -> list[Rated]:
    """Return the permissions that a list names, from a warehouse."""
    query = """
        select
            permission_value || ' (' || permission_type || ', '
            || coalesce(apps.display_name, resource_app_id) || ', ' || left(permission_id, 8) || ')',
            permission_type, tier, rating, is_pattern_rated, takeover, takeover_reason, data_exposure, data_exposure_reason,
            scubagear_level, cast(microsoft_privilege_level as varchar), msidentitytools_level
        from marts.dim_permission as permissions
        left join seeds.microsoft_app as apps on permissions.resource_app_id = apps.app_id
        where
            tenant_id = (select min(tenant_id) from marts.dim_permission)
            and permission_type <> 'directory_role'
            and (takeover_class is not null or scubagear_level is not null or microsoft_privilege_level is not null)
        order by resource_app_id, permission_value, permission_type, permission_id
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    names = [each.name for each in LISTS]
    return [
        Rated(
            name, kind, tier, rating, guessed, (takeover, why), (exposure, what),
            {list_name: level for list_name, level in zip(names, levels, strict=True) if level is not None},
        )
        for name, kind, tier, rating, guessed, takeover, why, exposure, what, *levels in rows
    ]  # fmt: skip


def sections(rated: Sequence[Rated]) -> list[Section]:
    """Compare the ratings with each list."""
    return [agreement(rated), disagreements(rated)]


def agreement(rated: Sequence[Rated]) -> Section:
    """Count permissions by the lists' levels and our tiers."""
    counts = Counter(
        (each.name, permission.levels.get(each.name), permission.tier) for each, permission in product(LISTS, rated)
    )
    rows = [
        (f"{each.title}: {level}", *(f"{counts[each.name, level, tier]:,}" for tier in TIERS))
        for each in LISTS
        for level in each.levels
        if any(counts[each.name, level, tier] for tier in TIERS)
    ]
    guessed = sum(permission.is_pattern_rated for permission in rated)
    unrated = sum(permission.rating is None for permission in rated)
    tiers = Counter(permission.tier for permission in rated)
    return Section(
        "Ratings beside published lists",
        "How the worse of a permission's two ratings falls on the levels that three published lists give it. *Concordance* is the "
        "share of pairs of permissions that we and a list put in the same order, among those that both tell apart: 0.5 is chance.",
        ("list and level", *TIERS),
        rows,
        [
            Verdict("listed permissions without a rating", unrated, 0),
            Verdict("listed permissions rated by their name", guessed, 0),
            Verdict("ScubaGear's critical that are critical or high here, share", _share(rated, SCUBAGEAR, ("critical",), ("critical", "high")), 0.9, is_least=True),
            Verdict("ScubaGear's low that are critical or high here, share", _share(rated, SCUBAGEAR, ("low",), ("critical", "high")), 0.02),
            Verdict("Microsoft's levels 5 and 4 that are low or none here, share", _share(rated, MICROSOFT, ("5", "4"), ("low", "none")), 0.1),
            Verdict("Microsoft's level 5 that are low or none here", _count(rated, MICROSOFT, ("5",), ("low", "none")), 0),
            *(Verdict(f"concordance with {each.title}", concordance(rated, each), bound, is_least=True) for each, bound in zip(LISTS, (0.85, 0.8, 0.8), strict=True)),
        ],
        [
            f"{len(rated):,} listed permissions: "
            + ", ".join(f"{tiers[tier]:,} {tier}" for tier in TIERS)
            + f"; {guessed:,} by their name, {unrated:,} unrated."
        ],
    )  # fmt: skip


def disagreements(rated: Sequence[Rated]) -> Section:
    """List what only one side puts at the top, with our reason."""
    found = [(each, permission) for each in LISTS for permission in rated if differs(each, permission)]
    counts = Counter((each.name, permission.tier == "critical") for each, permission in found)
    remarks = [
        f"**{each.title}, {direction}**\n\n" + "\n".join(lines)
        for each in LISTS
        for is_critical, direction in ((True, "critical here and not at its top"), (False, "at its top and not critical here"))
        if (lines := list(_told(each, [one for one in found if one[0] is each and (one[1].tier == "critical") is is_critical])))
    ]  # fmt: skip
    return Section(
        "Disagreements at the top",
        "Permissions that are critical here and not at a list's top, or the other way round, each with the reason for our rating (the "
        "greater of takeover and data exposure). Where a list's top step is wider than ours (Microsoft's 4 and 5, MSIdentityTools' "
        "high), high here counts as agreement. MSIdentityTools rates whole families by the first part of their names.",
        ("list", "critical here only", "at its top only"),
        [(each.title, f"{counts[each.name, True]:,}", f"{counts[each.name, False]:,}") for each in LISTS],
        remarks=remarks,
        verdicts=[
            Verdict("disagreements at the top without a reason", sum(permission.why == "no reason given" for _, permission in found), 0)
        ],
    )  # fmt: skip


def differs(each: List, permission: Rated) -> bool:
    """Say whether only one side puts it at the top."""
    level = permission.levels.get(each.name)
    if level is None:
        return False
    if level in each.top:
        return permission.tier not in each.near
    return permission.tier == "critical"


def concordance(rated: Sequence[Rated], each: List) -> float:
    """Return the share of pairs put in the same order, among the pairs that both sides tell apart."""
    graded: dict[int, Counter[int]] = {}
    for permission in rated:
        if each.name in permission.levels and permission.rating is not None:
            step = len(each.levels) - each.levels.index(permission.levels[each.name])
            graded.setdefault(step, Counter())[permission.rating] += 1
    same = other = 0
    for worse, milder in product(graded, graded):
        if worse > milder:
            for (above, many), (below, few) in product(graded[worse].items(), graded[milder].items()):
                same += many * few if above > below else 0
                other += many * few if above < below else 0
    return same / (same + other) if same + other else 1.0


def _told(each: List, found: Sequence[tuple[List, Rated]]) -> Iterator[str]:
    for _, permission in found:
        figures = f"takeover {permission.takeover[0]}, data exposure {permission.data_exposure[0]}"
        yield f"* {permission.name}: {permission.levels[each.name]} there, {permission.tier} here ({figures}). {permission.why}"


def _count(rated: Sequence[Rated], each: List, levels: Sequence[str], tiers: Sequence[str]) -> int:
    return sum(permission.levels.get(each.name) in levels and permission.tier in tiers for permission in rated)


def _share(rated: Sequence[Rated], each: List, levels: Sequence[str], tiers: Sequence[str]) -> float:
    listed = sum(permission.levels.get(each.name) in levels for permission in rated)
    return _count(rated, each, levels, tiers) / listed if listed else 0.0
