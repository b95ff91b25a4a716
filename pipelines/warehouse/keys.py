"""Which columns tell a mart's rows apart, as the models declare it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import yaml

from pipelines.warehouse.build import PROJECT

DECLARED: Final = PROJECT / "models" / "marts"
TEST: Final = "unique_together"


@cache
def keys() -> Mapping[str, tuple[str, ...]]:
    """Return the key of each mart that the models declare."""
    files = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in DECLARED.glob("*.yml"))
    return {model["name"]: _key(model) for content in files for model in content["models"]}


def _key(model: Mapping[str, Any]) -> tuple[str, ...]:
    tests = [test[TEST] for test in model.get("data_tests", ()) if isinstance(test, Mapping) and TEST in test]
    return tuple(tests[0]["arguments"]["columns"]) if tests else ()
