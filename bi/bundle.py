"""The Apache Superset bundle: the files under `superset/`, as Superset's own export would write them.

A file's identity is its UUID, made from its name: importing a later bundle changes what is there, and adds nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5

import yaml

from bi.board import CHARTS, COLOURS, FILTERS, MEANING, SLUG, TABS, TITLE, Filter, Tab
from bi.charts import Chart
from bi.datasets import Calculated, Dataset, datasets
from bi.measures import COUNT, Measure
from docs.contract import Column

NAMESPACE: Final = UUID("6f0a3c1e-8f0d-5b57-9c39-0a3c5f3d2b10")
VERSION: Final = "1.0.0"
DATABASE: Final = "Consentry"
URI: Final = "duckdb:////srv/consentry/consentry.duckdb?access_mode=read_only"
"""Where the published file is; `consentry superset` puts the reader's own path here. It is opened to read only."""


SHOWN: Final = {
    "display_name": "App",
    "app_name": "App",
    "user_principal_name": "Person",
    "sku_part_number": "Licence",
    "risk_titles": "Why",
    "usage_state": "Use",
    "use_state": "Use",
    "title": "Finding",
}
"""Columns whose names say too little where they stand among those of other things."""


def uuid(kind: str, name: str) -> str:
    """Return the UUID of a database, dataset, chart or dashboard."""
    return str(uuid5(NAMESPACE, f"{kind}/{name}"))


def metadata() -> dict[str, Any]:
    """Return what Superset looks at first.

    It names no type, so that the import of dashboards takes the bundle, and that of all assets as well, which alone overwrites
    charts and datasets.
    """
    return {"version": VERSION, "timestamp": "2026-01-01T00:00:00+00:00"}


def database() -> dict[str, Any]:
    """Return the connection: to read, without uploads or writes."""
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": URI,
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": uuid("database", DATABASE),
        "version": VERSION,
    }


def table(source: Dataset) -> dict[str, Any]:
    """Return a dataset."""
    return {
        "table_name": source.name,
        "main_dttm_col": source.time,
        "description": source.meaning,
        "cache_timeout": None,
        "schema": "marts",
        "sql": source.sql,
        "filter_select_enabled": True,
        "uuid": uuid("dataset", source.name),
        "columns": [*map(_column, source.columns), *map(_calculated, source.calculated)],
        "metrics": list(map(_metric, source.measures)),
        "version": VERSION,
        "database_uuid": uuid("database", DATABASE),
    }


def shown(name: str) -> str:
    """Return what people see for a column."""
    words = name.removesuffix("_id").replace("_", " ")
    return SHOWN.get(name) or words[0].upper() + words[1:]


def _column(column: Column) -> dict[str, Any]:
    is_time = column.kind in {"date", "timestamp with time zone"}
    return {
        "column_name": column.name,
        "verbose_name": shown(column.name),
        "is_dttm": is_time,
        "is_active": True,
        "type": column.kind.upper(),
        "groupby": True,
        "filterable": True,
        "expression": None,
        "description": column.meaning,
    }


def _calculated(column: Calculated) -> dict[str, Any]:
    return {
        "column_name": column.name,
        "verbose_name": shown(column.name),
        "is_dttm": False,
        "is_active": True,
        "type": "VARCHAR",
        "groupby": True,
        "filterable": True,
        "expression": column.sql,
        "description": column.meaning,
    }


def _metric(measure: Measure) -> dict[str, Any]:
    return {
        "metric_name": measure.name,
        "verbose_name": measure.title,
        "metric_type": None,
        "expression": measure.sql,
        "description": measure.meaning,
        "d3format": ",d" if measure.unit == COUNT else ",.1f",
    }


def chart(drawn: Chart) -> dict[str, Any]:
    """Return a chart."""
    form = drawn.form | {"datasource": "0__table"}
    context = {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [drawn.query],
        "form_data": form,
        "result_format": "json",
        "result_type": "full",
    }
    return {
        "slice_name": drawn.title,
        "description": drawn.meaning,
        "viz_type": drawn.kind,
        "params": form,
        "query_context": json.dumps(context, indent=2),
        "cache_timeout": None,
        "uuid": uuid("chart", drawn.name),
        "version": VERSION,
        "dataset_uuid": uuid("dataset", drawn.table),
    }


def dashboard() -> dict[str, Any]:
    """Return the dashboard: where its charts stand, its filters and its colours."""
    return {
        "dashboard_title": TITLE,
        "description": MEANING,
        "css": "",
        "slug": SLUG,
        "uuid": uuid("dashboard", SLUG),
        "published": True,
        "position": {"DASHBOARD_VERSION_KEY": "v2", **{part["id"]: part for part in _parts()}},
        "metadata": {
            "native_filter_configuration": list(map(_filter, FILTERS)),
            "label_colors": COLOURS,
            "shared_label_colors": [],
            "color_scheme": "supersetColors",
            "cross_filters_enabled": True,
            "expanded_slices": {},
            "refresh_frequency": 0,
            "timed_refresh_immune_slices": [],
        },
        "version": VERSION,
    }


def _parts() -> Iterator[dict[str, Any]]:
    """Yield the parts of the page, outermost first; each names what it stands in and what stands in it."""
    tabs = [f"TAB-{number}" for number, _ in enumerate(TABS)]
    yield _part("ROOT", "ROOT_ID", [], ["GRID_ID"])
    yield _part("GRID", "GRID_ID", ["ROOT_ID"], ["TABS-0"])
    yield _part("HEADER", "HEADER_ID", [], [], text=TITLE)
    yield _part("TABS", "TABS-0", ["ROOT_ID", "GRID_ID"], tabs)
    for name, tab in zip(tabs, TABS, strict=True):
        yield from _page(name, tab)


def _page(name: str, tab: Tab) -> Iterator[dict[str, Any]]:
    above = ["ROOT_ID", "GRID_ID", "TABS-0"]
    rows = [f"ROW-{name}-{number}" for number, _ in enumerate(tab.rows)]
    yield _part("TAB", name, above, rows, text=tab.title)
    for row, (height, charts) in zip(rows, tab.rows, strict=True):
        inner = [f"CHART-{chart_name}" for chart_name, _ in charts]
        yield _part("ROW", row, [*above, name], inner, background="BACKGROUND_TRANSPARENT")
        for chart_name, width in charts:
            yield _placed(chart_name, width, height, [*above, name, row])


def _placed(name: str, width: int, height: int, above: list[str]) -> dict[str, Any]:
    drawn = next(found for found in CHARTS if found.name == name)
    meta = {"chartId": number(drawn), "uuid": uuid("chart", name), "sliceName": drawn.title}
    return _part("CHART", f"CHART-{name}", above, [], **meta, width=width, height=height)


def number(drawn: Chart) -> int:
    """Return a chart's number within the bundle, which Superset replaces by its own."""
    return CHARTS.index(drawn) + 1


def _part(kind: str, name: str, above: list[str], inner: list[str], **meta: Any) -> dict[str, Any]:
    return {"type": kind, "id": name, "parents": above, "children": inner, "meta": meta}


def _filter(limit: Filter) -> dict[str, Any]:
    source = "coverage" if limit.column == "tenant_id" else "app_overview"
    chosen = list(limit.chosen)
    data = {"filters": [{"col": limit.column, "op": "IN", "val": chosen}]} if chosen else {}
    return {
        "id": f"NATIVE_FILTER-{limit.column}",
        "name": limit.title,
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "targets": [{"datasetUuid": uuid("dataset", source), "column": {"name": limit.column}}],
        "defaultDataMask": {"extraFormData": data, "filterState": {"value": chosen} if chosen else {}},
        "controlValues": {
            "multiSelect": True,
            "enableEmptyFilter": False,
            "defaultToFirstItem": False,
            "inverseSelection": False,
            "searchAllOptions": False,
        },
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": [number(each) for each in CHARTS if not limited(each, limit)]},
        "description": "",
    }


def limited(drawn: Chart, limit: Filter) -> bool:
    """Return whether a chart has the column that a filter limits."""
    return any(column.name == limit.column for column in drawn.dataset.columns)


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML says nothing of its types
    """Writes texts of several lines line by line, so that a changed query is seen in a diff."""


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represented)


def _text(make: Callable[[], Mapping[str, Any]]) -> str:
    return str(yaml.dump(make(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))


FILES: Final[dict[str, Callable[[], Mapping[str, Any]]]] = {
    "metadata.yaml": metadata,
    f"databases/{DATABASE}.yaml": database,
    **{f"datasets/{DATABASE}/{source.name}.yaml": partial(table, source) for source in datasets()},
    **{f"charts/{drawn.name}.yaml": partial(chart, drawn) for drawn in CHARTS},
    f"dashboards/{SLUG}.yaml": dashboard,
}

FOLDER: Final = "../bi/superset"
"""Where they lie, from `docs/`."""

PAGES: Final[dict[str, Callable[[], str]]] = {f"{FOLDER}/{name}": partial(_text, make) for name, make in FILES.items()}
"""Each file, by its path from `docs/`, with what makes it."""
