"""The charts of the Superset dashboard: which numbers of which dataset, and how each is drawn.

A chart is said once. Superset's two ways to say it follow from that: the form that its pages show, and the query that its API runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bi.datasets import Dataset, dataset
from bi.measures import PERCENT

NUMBER: Final = "big_number_total"
BAR: Final = "echarts_timeseries_bar"
LINE: Final = "echarts_timeseries_line"
HEATMAP: Final = "heatmap_v2"
BUBBLE: Final = "bubble_v2"
TABLE: Final = "table"

WEEK: Final = "P1W"
ALL_ROWS: Final = 10_000

OPERATORS: Final = {
    "IN": "{column} in ({value})",
    "==": "{column} = {value}",
    ">": "{column} > {value}",
    "IS TRUE": "{column} is true",
    "IS NOT NULL": "{column} is not null",
}
"""Superset's operators that the charts use, in SQL."""


@dataclass(frozen=True)
class Condition:
    """Which rows a chart takes.

    Attributes:
        column: of its dataset.
        operator: one of Superset's.
        value: what it is compared with; none where the operator needs none.
    """

    column: str
    operator: str
    value: int | str | tuple[str, ...] | None = None

    def sql(self, table: Dataset) -> str:
        """Return it as SQL."""
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        literals = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in values)
        return OPERATORS[self.operator].format(column=table.expression(self.column), value=literals)

    @property
    def query(self) -> dict[str, Any]:
        """It, as the API takes it."""
        plain: dict[str, Any] = {"col": self.column, "op": self.operator}
        return plain if self.value is None else plain | {"val": self._plain}

    @property
    def form(self) -> dict[str, Any]:
        """It, as the page of a chart shows it."""
        return {
            "clause": "WHERE",
            "expressionType": "SIMPLE",
            "subject": self.column,
            "operator": self.operator,
            "comparator": self._plain,
        }

    @property
    def _plain(self) -> int | str | list[str] | None:
        return list(self.value) if isinstance(self.value, tuple) else self.value


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes:
        name: of its file.
        title: what people see above it.
        meaning: what it says, and how to read it.
        table: the name of its dataset.
        kind: how Superset draws it.
        columns: by which its rows are told apart, in the order in which its kind takes them; of a list, what it shows.
        measures: what it counts; nothing in a list.
        where: which rows it takes.
        order: by which columns or measures its rows are sorted, each with whether it rises.
        limit: how many rows it takes at most.
        grain: the length of time, in ISO 8601, that the first column is cut to.
        look: what else its kind needs to know.
    """

    name: str
    title: str
    meaning: str
    table: str
    kind: str
    columns: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int = ALL_ROWS
    grain: str | None = None
    look: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dataset(self) -> Dataset:
        """What it reads."""
        return dataset(self.table)

    @property
    def names(self) -> set[str]:
        """Every column and measure that it names."""
        return {*self.columns, *self.measures, *(each.column for each in self.where), *(name for name, _ in self.order)}

    @property
    def sql(self) -> str:
        """What it asks, as one query on the published file: what Superset must make of it."""
        shown = [*map(self._cut, self.columns), *map(self.dataset.expression, self.measures)]
        columns = ", ".join(
            f"{sql} as {name}" for sql, name in zip(shown, (*self.columns, *self.measures), strict=True)
        )
        where = " and ".join(condition.sql(self.dataset) for condition in self.where)
        order = ", ".join(f"{name} {'asc' if rises else 'desc'}" for name, rises in self.order)
        return " ".join(
            part
            for part in (
                f"select {columns} from {self.dataset.source}",
                f"where {where}" if where else "",
                "group by all" if self.measures and self.columns else "",
                f"order by {order}" if order else "",
                f"limit {self.limit}",
            )
            if part
        )

    def _cut(self, column: str) -> str:
        sql = self.dataset.expression(column)
        return f"date_trunc('week', {sql})" if self.grain and column == self.columns[0] else sql

    @property
    def query(self) -> dict[str, Any]:
        """What it asks, as Superset's API takes it."""
        asked: dict[str, Any] = {
            "columns": [self._axis, *self.columns[1:]] if self.grain else list(self.columns),
            "filters": [condition.query for condition in self.where],
            "orderby": [list(each) for each in self.order],
            "row_limit": self.limit,
        }
        if self.grain:
            asked["extras"] = {"time_grain_sqla": self.grain}
        # A query without measures lists rows; with an empty list of them it would tell apart equal ones.
        return asked | ({"metrics": list(self.measures)} if self.measures else {})

    @property
    def _axis(self) -> dict[str, Any]:
        name = self.columns[0]
        said = {"columnType": "BASE_AXIS", "expressionType": "SQL", "timeGrain": self.grain}
        return said | {"sqlExpression": name, "label": name}

    @property
    def form(self) -> dict[str, Any]:
        """How Superset's pages draw it."""
        common = {
            "viz_type": self.kind,
            "adhoc_filters": [condition.form for condition in self.where],
            "row_limit": self.limit,
            "color_scheme": "supersetColors",
        }
        return common | FORMS[self.kind](self) | dict(self.look)


def _number(chart: Chart) -> dict[str, Any]:
    (measure,) = (found for found in chart.dataset.measures if found.name == chart.measures[0])
    return {
        "metric": measure.name,
        "y_axis_format": ",.1f" if measure.unit == PERCENT else ",d",
        "header_font_size": 0.4,
    }


def _series(chart: Chart) -> dict[str, Any]:
    form: dict[str, Any] = {
        "x_axis": chart.columns[0],
        "groupby": list(chart.columns[1:]),
        "metrics": list(chart.measures),
        "show_legend": len(chart.columns) + len(chart.measures) > 2,  # noqa: PLR2004 - more than one series
        "legendType": "scroll",
        "legendOrientation": "top",
        "rich_tooltip": True,
        "truncate_metric": True,
        "y_axis_format": ",d",
        "x_axis_sort": chart.columns[0],
        "x_axis_sort_asc": True,
        "sort_series_type": "name",
        "sort_series_ascending": True,
    }
    return form | ({"time_grain_sqla": chart.grain, "x_axis_time_format": "%d %b"} if chart.grain else {})


def _bars(chart: Chart) -> dict[str, Any]:
    return _series(chart) | {"stack": "Stack", "orientation": "vertical", "show_value": True, "only_total": True}


def _lines(chart: Chart) -> dict[str, Any]:
    return _series(chart) | {"seriesType": "echarts_timeseries_line", "connectNulls": False, "markerEnabled": True}


def _heat(chart: Chart) -> dict[str, Any]:
    return {
        "x_axis": chart.columns[0],
        "groupby": chart.columns[1],
        "metric": chart.measures[0],
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_desc",
        "normalize_across": "heatmap",
        "show_values": True,
        "show_legend": False,
        "show_percentage": False,
        "linear_color_scheme": "superset_seq_1",
        "y_axis_format": ",d",
        "xscale_interval": -1,
        "yscale_interval": -1,
        "left_margin": "auto",
        "bottom_margin": 50,
        "value_bounds": [None, None],
    }


def _bubbles(chart: Chart) -> dict[str, Any]:
    x, y, size = chart.measures
    return {
        "entity": chart.columns[0],
        "series": chart.columns[1],
        "x": x,
        "y": y,
        "size": size,
        "max_bubble_size": "25",
        "opacity": 0.7,
        "show_legend": True,
        "legendType": "scroll",
        "legendOrientation": "top",
        "xAxisFormat": ",d",
        "y_axis_format": ",d",
        "tooltipSizeFormat": ",d",
        "x_axis_title_margin": 30,
        "y_axis_title_margin": 40,
    }


def _table(chart: Chart) -> dict[str, Any]:
    common = {
        "server_page_length": 10,
        "page_length": 20,
        "include_search": True,
        "table_timestamp_format": "%Y-%m-%d %H:%M",
        "show_cell_bars": False,
        "color_pn": False,
        "allow_render_html": False,
    }
    if chart.measures:
        sort = {"timeseries_limit_metric": chart.measures[0], "order_desc": True}
        return (
            common | sort | {"query_mode": "aggregate", "groupby": list(chart.columns), "metrics": list(chart.measures)}
        )
    order = [f'["{name}", {"true" if rises else "false"}]' for name, rises in chart.order]
    return common | {"query_mode": "raw", "all_columns": list(chart.columns), "order_by_cols": order}


FORMS: Final = {
    NUMBER: _number,
    BAR: _bars,
    LINE: _lines,
    HEATMAP: _heat,
    BUBBLE: _bubbles,
    TABLE: _table,
}
