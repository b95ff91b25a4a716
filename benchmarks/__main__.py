"""Run the benchmarks, print each as it ends, and write it to `docs/benchmarks.md`; with `--quick`, print only."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from benchmarks import app_scores, at_the_limit, breadth, builds, cost, dashboard, peers, ratings, volumes
from benchmarks.apart import ROOT
from benchmarks.report import Section, Verdict, page

PAGE = ROOT / "docs" / "benchmarks.md"


def limits(share: float) -> Section:
    """Measure how much of each limit is used, with so much of the work."""
    rows, verdicts = [], []
    for load in at_the_limit.LOADS.values():
        used = at_the_limit.measured(replace(load, windows=max(8, int(load.windows * share))))
        asked = used["requests"] + used["refused"]
        refused = used["refused"] / asked
        rows.append(
            (load.what, load.bucket, f"{load.speed:g}", f"{asked:,}", f"{used['refused']:,}", f"{used['share']:.3f}")
        )
        verdicts += [
            Verdict(f"{load.what}: share of the limit used", used["share"], 0.95, is_least=True),
            Verdict(f"{load.what}: share of requests refused", refused, 0.01),
        ]
    return Section(
        "At the limit",
        "Where there is work for all of a limit, how much of what Graph publishes is used, and how often it has to refuse. The simulator "
        "holds the limits; its clock and the client's run faster than real time.",
        ("work", "limit", "clock, times", "requests", "429s", "share used"),
        rows,
        verdicts,
    )


Benchmarks = Mapping[str, Callable[[], Sequence[Section]]]

FULL: Benchmarks = {
    "limits": lambda: [limits(1.0)],
    "cost": lambda: [cost.measure(sign_ins=1_000_000, repetitions=3, dict_rows=20_000)],
    "volumes": lambda: volumes.measure(small=100_000, large=1_000_000, new=50_000, repetitions=3),
    "breadth": lambda: [breadth.measure(users=50_000, apps=10_000, grants=50_000, assignments=50_000)],
    "builds": lambda: builds.measure(sign_ins=5_000_000, new=100_000, apps=20_000, people=100_000),
    "app_scores": lambda: [app_scores.measure(users=400, apps=700)],
    "dashboard": lambda: [dashboard.measure(apps=20_000, people=500_000, repetitions=3)],
    "peers": lambda: [peers.measure(sign_ins=20_000, slow=5_000)],
    "ratings": ratings.measure,
}
QUICK: Benchmarks = {
    "limits": lambda: [limits(0.2)],
    "cost": lambda: [cost.measure(sign_ins=40_000, repetitions=1, dict_rows=4_000)],
    "volumes": lambda: volumes.measure(small=10_000, large=40_000, new=5_000, repetitions=1),
    "breadth": lambda: [breadth.measure(users=1_000, apps=300, grants=1_000, assignments=1_000)],
    "builds": lambda: builds.measure(sign_ins=20_000, new=1_000, apps=200, people=500),
    "app_scores": lambda: [app_scores.measure(users=100, apps=150)],
    "dashboard": lambda: [dashboard.measure(apps=300, people=2_000, repetitions=1)],
    "peers": lambda: [peers.measure(sign_ins=3_000, slow=1_000)],
    "ratings": ratings.measure,
}


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small versions, which show that they run, not how fast")
    parser.add_argument("--only", choices=FULL, action="append", help="a benchmark to run (default: all)")
    arguments = parser.parse_args()
    chosen = QUICK if arguments.quick else FULL
    for name in arguments.only or chosen:
        for section in chosen[name]():
            print(section.markdown(), end="\n\n", flush=True)
            if not arguments.quick:
                PAGE.write_text(page([section], PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
