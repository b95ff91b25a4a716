"""What makes delta queries hard on a client: things Graph may do at any time, switched on one by one."""

from __future__ import annotations

from dataclasses import dataclass

# Ways in which Graph says that it no longer knows a token: name → status and error code.
FORGETTING = {
    "410": (410, "syncStateNotFound"),
    "400 syncStateNotFound": (400, "syncStateNotFound"),
    "404 resyncRequired": (404, "resyncRequired"),
}


@dataclass
class DeltaHabits:
    """How delta queries of a tenant behave.

    Attributes:
        page: Items of a page; Graph chooses the size itself.
        members: Members that one appearance of a group carries; a bigger group appears several times.
        empty_pages: Every page is followed by one without items.
        repeats: A page begins with items of the page before, and has its first item twice.
        replays: A round begins with the last changes of the rounds before.
        generation: Tokens of an earlier generation are no longer known.
        forgetting: How that is said, a key of `FORGETTING`.
    """

    page: int = 200
    members: int = 100
    empty_pages: bool = False
    repeats: bool = False
    replays: bool = False
    generation: int = 0
    forgetting: str = "410"

    def forget(self, how: str) -> None:
        """Let every token given out so far be unknown.

        Raises:
            ValueError: Graph does not say it so.
        """
        if how not in FORGETTING:
            raise ValueError(f"delta tokens are forgotten with one of {', '.join(FORGETTING)}; '{how}' is none of them")
        self.forgetting = how
        self.generation += 1
