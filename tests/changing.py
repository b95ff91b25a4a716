"""What happens in a tenant between two runs: changes of every kind, each chosen by a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from simulator import EVERYONE, App, Group, Tenant, User
from simulator.handles import Handle
from simulator.outcomes import NON_INTERACTIVE
from tests.odd_tenant import apps, groups, users

Change = Callable[[Tenant, int], object]
Chosen = TypeVar("Chosen")

DAY: Final = timedelta(days=1)


def one(of: Sequence[Chosen], pick: int) -> Chosen:
    """Return one of them."""
    return of[pick % len(of)]


def ago(truth: Tenant, earlier: timedelta = timedelta(0)) -> float:
    """Return what the story's verbs call that much before now."""
    return (truth.anchor - truth.clock.now() + earlier) / DAY


def others(truth: Tenant) -> list[App]:
    """Return the apps but Microsoft Graph."""
    return apps(truth)[1:]


def quiet(truth: Tenant) -> list[App]:
    """Return the apps that nobody signs in to: the simulator's log shows an app's permissions of today, also in events of long ago."""
    return [app for app in others(truth) if app.app_id not in truth.sign_ins.clients.numbers]


def deleted(truth: Tenant, kind: type[Handle]) -> list[Handle]:
    """Return the objects of a kind that can be restored."""
    known = [kind(truth, {"id": key}) for key in truth.directory.set_aside]
    return [handle for handle in known if handle.table.removed(handle.id) is not None]


def come_and_go(truth: Tenant, pick: int) -> object:
    """Let a user, group or app come."""
    name = f"New {len(truth.directory.users)} {pick}"
    if pick % 3 == 0:
        return truth.user(name)
    if pick % 3 == 1:
        return truth.group(name, members=users(truth)[: pick % 5])
    return truth.app(name, own=pick % 2 == 0)


def delete_softly(truth: Tenant, pick: int) -> object:
    """Let a user, group or app go, so that it can come back."""
    found = [*users(truth)[1:], *groups(truth), *others(truth)[1:]]
    return one(found, pick).soft_delete() if found else None


def delete(truth: Tenant, pick: int) -> object:
    """Let one go for good, deleted softly before or not."""
    found = [*deleted(truth, User), *users(truth)[1:], *groups(truth), *others(truth)[1:]]
    return one(found, pick).remove() if found else None


def restore(truth: Tenant, pick: int) -> object:
    """Let one come back."""
    found = [*deleted(truth, User), *deleted(truth, Group)]
    return one(found, pick).restore() if found else None


def regroup(truth: Tenant, pick: int) -> object:
    """Let a user join a group, or leave it."""
    if not groups(truth):
        return None
    group, user = one(groups(truth), pick), one(users(truth), pick // 2)
    is_member = truth.directory.members.get(f"{group.id}/{user.id}") is not None
    return group.exclude(user) if is_member else group.include(user)


def reown(truth: Tenant, pick: int) -> object:
    """Let an app or group gain an owner, or lose one."""
    owned = one([*groups(truth), *others(truth)], pick)
    owner = one(users(truth), pick // 3)
    is_owner = truth.directory.owners.get(f"{owned.id}/{owner.id}") is not None
    return owned.disowned_by(owner) if is_owner else owned.owned_by(owner)


def regrant(truth: Tenant, pick: int) -> object:
    """Let a permission be given to an app for one user or for all, or taken back."""
    app, user = one(quiet(truth) or [truth.app("Quiet")], pick), one(users(truth), pick // 2)
    held = [row for row in truth.directory.grants.rows(("clientId", app.id)) if row["principalId"] == user.id]
    if held:
        return app.revoked(of=user)
    moment = ago(truth, timedelta(milliseconds=pick))  # no two consents at one time: their events would share an id
    return app.granted("Calendars.Read", by=user, to=EVERYONE if pick % 5 == 0 else None, days_ago=moment)


def sign_in(truth: Tenant, pick: int) -> object:
    """Let people and apps sign in, some of it shown late."""
    known = [app for app in others(truth) if app.app_id in truth.sign_ins.clients.numbers]
    if not known:
        return None
    app, user = one(known, pick), one(users(truth), pick // 2)
    late = timedelta(hours=(0, 0, 3, 20)[pick % 4])
    app.signed_in(user, days_ago=ago(truth, timedelta(minutes=pick % 200)), arrives_after=late, times=1 + pick % 3)
    app.signed_in(user, days_ago=ago(truth), kind=NON_INTERACTIVE)
    return app.signed_in(days_ago=ago(truth, timedelta(seconds=pick % 3600)), times=1 + pick % 2)


def pass_time(truth: Tenant, pick: int) -> None:
    """Let some minutes pass, or days."""
    truth.clock.advance(timedelta(minutes=7 + pick % 50) if pick % 4 else timedelta(hours=9 + pick % 40))


CHANGES: Final[Mapping[str, Change]] = {
    "a user is renamed": lambda truth, pick: one(users(truth), pick).update(displayName=f"Renamed {pick}"),
    "a property is set": lambda truth, pick: one(users(truth), pick).update(department=f"D{pick}", otherMails=[]),
    "a property is cleared": lambda truth, pick: one(users(truth), pick).clear("department", "jobTitle"),
    "an app is changed": lambda truth, pick: one(others(truth), pick).update(notes=f"{pick}", tags=["x"] * (pick % 3)),
    "one comes": come_and_go,
    "one is deleted softly": delete_softly,
    "one is deleted for good": delete,
    "one is restored": restore,
    "a member joins or leaves": regroup,
    "an owner joins or leaves": reown,
    "a grant is given or taken back": regrant,
    "sign-ins": sign_in,
    "time passes": pass_time,
}
"""Everything that may happen, by name."""
