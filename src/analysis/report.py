"""What a notebook says to its page: answers, findings, charts, tables, headline values, sources.

Each call shows its part in JupyterLab and marks it for the page, by the key "analysis" in the output's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython import get_ipython
from IPython.display import display
from matplotlib_inline.config import InlineBackend

from analysis import charts, html, standing
from analysis import words as say
from analysis.charts import About, Chart, lines
from analysis.charts.kit import with_symbols
from analysis.data import reads
from analysis.data.areas import newest
from analysis.data.fact import Fact, fact
from analysis.data.figure import CONFIDENCE, Figure
from analysis.data.figures import WILTSHIRE, Figures
from analysis.files import anchor
from analysis.headline import coverage_shown, interval_shown, recorded, shown
from analysis.html import Table, source_rows, sources_html, without_links
from analysis.words import filled, number

_COVERAGE = "Coverage: how often the interval holds; range: bounds."


class Report:
    """One report on one area: its name or code, the figures (the project's if None) and the coverage of intervals."""

    def __init__(self, area: str = "", figures: Figures | None = None, confidence: float = CONFIDENCE) -> None:
        self.figures = figures or Figures(area=area or WILTSHIRE, confidence=confidence)
        self.area = self.figures.code(area) if area and figures else self.figures.area
        self.name = self.figures.area_name(self.area)
        self._roles = {self.name: "area", standing.ENGLAND: "england", standing.MEDIAN: "neighbours"}
        self._values: dict[str, dict[str, object]] = {}
        show_as_on_a_page()
        if get_ipython():
            _caption(f"**{self.name}**", self.name)  # for who reads the notebook: a page has it in its heading

    @property
    def confidence(self) -> float:
        """The coverage of every interval of the report, between 0 and 1."""
        return self.figures.confidence

    @property
    def level(self) -> str:
        """That coverage in words: "95%"."""
        return say.level(self.confidence)

    def figure(self, indicator: str, area: str | None = None, period: str | int | None = None, **which: str) -> Figure:
        """Return a figure for the report's area, or for another; see `Figures.get`."""
        return self.figures.get(indicator, area or self.area, period, **which)

    def series(self, indicator: str, area: str | None = None, **which: str) -> list[Figure]:
        """Return an indicator's figures in order of period; see `Figures.series`."""
        return self.figures.series(indicator, area or self.area, **which)

    def reorganised(self) -> None:
        """Say from which authorities the area was formed, if it was: their figures are not its own."""
        before = [self.figures.area_name(code) for code in standing.predecessors(self.figures, self.area)]
        if before:
            start, of = self.figures.areas.at[self.area, "start"], say.listed(before)
            formed = f"{self.name} was formed in April {start} from {of}"
            self.text(f"{formed}, or parts of them", "their figures are not joined to its own")

    def stands(self, where: pd.DataFrame, folded: bool = False) -> None:
        """Show where the area stands on measures, from `standing.standing`, and record each as a headline value.

        A measure without any figure for the area is named below the table.
        """
        there = where[where["source"] != ""]
        for indicator, row in there.iterrows():
            self.headline(str(indicator), fact(row), row["title"])
        if len(there):
            shown = standing.table(there, self.name)
            note = f"{self.level} intervals by chance; neighbours' median and range. "
            note += "Rank: lowest first, highest where high is good."
            title, right = f"Latest published figures, {self.name}", list(shown.columns[2:])
            self.table(Table("rates", title, shown, note=note, folded=folded, right=right))
        absent = [str(name) for name in where.index if name not in there.index]
        self.text(*standing.nothing(self.figures, self.area, *absent))
        self.reorganised()

    def trend(self, indicator: str, what: str = "", breaks: Sequence[tuple[str, str]] = ()) -> None:
        """Show an indicator over time: what became of it (or of `what`), its chart, and what is to be known of it.

        `breaks` are the first years that are counted in another way, with a label.
        """
        series = self.series(indicator)
        self.finding(standing.heading(series, what or self.figures.indicators.at[indicator, "title"]))
        if sum(figure.known for figure in series) > 1:
            self.chart(self._lines(indicator, series[-1], breaks))
        self.text(*standing.to_know(self.figures, self.area, indicator))

    def trends(self, labels: Mapping[str, str], title: str, subtitle: str, name: str = "over-time") -> None:
        """Show indicators over time, by what each is called, as small charts, then what is to be known of each.

        Beside England and the neighbours' median; an indicator with fewer than two values has no chart.
        """
        found = {label: (indicator, self.series(indicator)) for indicator, label in labels.items()}
        drawn = {label: series for label, (_, series) in found.items() if sum(figure.known for figure in series) > 1}
        frames = {label: standing.over_time(self.figures, found[label][0], self.area) for label in drawn}
        if drawn:
            cautions = {label: self.figures.indicators.at[found[label][0], "caution"] for label in drawn}
            notes = [f"{label}: {caution}" for label, caution in cautions.items() if caution]
            banded = any(frame["lower"].notna().any() for frame in frames.values())
            notes += [f"the bands are {self.level} intervals by chance"] * banded
            tables = []
            for label, series in drawn.items():
                wide = frames[label].pivot(index="x", columns="series", values="value").astype(object)
                symbols = {standing.year(figure): f"[{figure.symbol}]" for figure in series if not figure.known}
                wide[self.name] = [symbols.get(x, value) for x, value in wide[self.name].items()]
                tables.append(wide.rename_axis("Period").reset_index().assign(Measure=label))
            table = pd.concat(tables, ignore_index=True)
            written = next(figure.text for series in drawn.values() for figure in series if figure.known)
            self.show(
                next(iter(charts.panels(frames, self._roles).values())),
                title,
                " ".join(map(say.sentence, notes)),
                subtitle=subtitle,
                alt="Small line charts, one a measure: "
                + "; ".join(standing.heading(series, label) for label, series in drawn.items()),
                data=table[["Measure", "Period", *(name for name in self._roles if name in table)]],
                formats=dict.fromkeys(self._roles, written),
                name=name,
            )
        for label, (indicator, series) in found.items():
            known = standing.to_know(self.figures, self.area, indicator)
            self.text(*[f"{label}: {words}" for words in known] if series else known)

    def _lines(self, indicator: str, last: Figure, breaks: Sequence[tuple[str, str]]) -> Chart:
        """Return the chart of an indicator over time; `last` is the area's last figure of it."""
        frame = standing.over_time(self.figures, indicator, self.area)
        own, caution = frame[frame["series"] == self.name], self.figures.indicators.at[indicator, "caution"]
        band = f"the band is the {self.level} interval by chance"
        about = About(
            indicator.replace("_", "-"),
            standing.latest(self.figures, indicator).rstrip("."),
            f"{last.title}, {self.name}",
            " ".join(map(say.sentence, [band] * bool(own["lower"].notna().any()) + [caution] * bool(caution))),
        )
        symbols = {standing.year(f): f.symbol for f in self.series(indicator) if not f.known}
        return lines(
            frame.assign(symbol=frame["x"].map(symbols)),
            about,
            last.text,
            say.capital(last.unit),
            roles=self._roles,
            breaks=[(x, label) for x, label in breaks if own["x"].iloc[0] < x and x in set(own["x"])],
        )

    def headline(self, key: str, made: Fact, label: str = "") -> None:
        """Record a headline value for `values.csv`; one recorded before under its short `key` is replaced.

        `label` is what the value is, in words, if not the fact's title. ValueError if it could not be traced, as
        `headline.recorded` says.
        """
        dates = dict(self.figures.sources["date"]) | dict.fromkeys(self.figures.asked.own, "")
        self._values[key] = recorded(key, str(label or made.title), made, dates)

    def answer(self, *sentences: str, title: str = "", **given: Any) -> None:
        """Show the answer: one sentence and at most three or four more, the most important first.

        They are templates (see `words.fill`) for what is given, and may hold links (`html.link`). `title`: the page's.
        """
        self.listed(*self._filled(sentences, given), kind="answer", **({"title": title} if title else {}))
        self.text(*standing.unpublished(self.figures, self.area))

    def listed(self, *sentences: str, kind: str = "text", **about: object) -> None:
        """Show sentences as a list; they may hold links."""
        text = "\n".join(f"- {say.sentence(s)}" for s in sentences)
        _show(kind, {"text/markdown": text, "text/plain": without_links(text)}, **about)

    def finding(self, *sentences: str, **given: Any) -> None:
        """Show what a section found, the first sentence that can be said, as its heading; arguments as `answer`.

        That a number is missing is no finding: it stands below the author's heading.
        """
        found = next(iter(self._filled(sentences, given)), "")
        text = say.sentence(found)
        if isinstance(found, say.Gap):
            self.text(text)
        elif text:
            _show("finding", {"text/markdown": f"**{text}**", "text/plain": text}, sentence=text)

    def text(self, *sentences: str, **given: Any) -> None:
        """Show a paragraph of computed sentences, none without any; arguments as `answer`."""
        text = " ".join(say.sentence(s) for s in self._filled(sentences, given))
        if text:
            _show("text", {"text/markdown": text, "text/plain": without_links(text)})

    def _filled(self, sentences: Sequence[str], given: dict[str, Any]) -> list[str]:
        """Return sentences; templates filled where there is anything to fill them with."""
        area = standing.placed(self.name, ("Isles of ", "City of ", "East Riding "))
        return filled(*sentences, **{"area": area, **given}) if given else list(sentences)

    def show(
        self,
        made: Any,
        title: str = "",
        note: str = "",
        folded: bool = False,
        beside: Table | None = None,
        **about: Any,
    ) -> None:
        """Show a chart or a table of any kind, as a page has it.

        Args:
            made: a chart of `charts`, any figure or axes of matplotlib or seaborn, a `Table`, or any data frame, whose
                first column (its index, if that has a name) names the rows; None, where there is nothing to show.
            title: the caption of a table, the heading of a chart; `note` stands below, a `folded` table is closed.
            beside: a small table that stands beside a chart where there is room.
            about: more for `charts.chart` (subtitle, alt, data, name) or `Table` (formats, right, id).
        """
        if isinstance(made, Chart):
            self.chart(made, beside)
        elif isinstance(made, Table):
            self.table(made)
        elif isinstance(made, (pd.DataFrame, pd.Series)):
            self.table(plain_table(made, title, note, folded, **about))
        elif made is not None:
            self.chart(charts.chart(made, title, note=note, **about), beside)

    def chart(self, chart: Chart, beside: Table | None = None) -> None:
        """Show a chart, with title, subtitle and note as text beside the drawing, then its data as a folded table."""
        subtitle = f"  \n{chart.subtitle}" if chart.subtitle else ""
        _caption(f"**{chart.title}**{subtitle}", f"{chart.title}\n{chart.subtitle}".rstrip())
        _show("chart", {"image/svg+xml": chart.svg, "text/plain": chart.alt}, **chart.about)
        if beside:
            self._show_table(beside, beside.html(), beside=True)
        if chart.note:
            _caption(chart.note, chart.note)
        # Folded under two words: the table's caption is the chart's subtitle, which stands above.
        words = f'Data table<span class="hidden">: {escape(chart.table.caption)}</span>'
        self._show_table(chart.table, _folded(words, chart.table.html()))

    def tiles(self, frame: pd.DataFrame) -> None:
        """Show a few numbers side by side, here and on the index; the frame as `html.tiles` takes it."""
        brief = frame[["title", "number", "period", "verdict", "rank"]].to_dict("records")
        _show("html", {"text/html": html.tiles(frame), "text/plain": html.tiles_text(frame)}, tiles=brief)

    def cards(self, frame: pd.DataFrame, title: str, folded: bool = False, name: str = "", file: bool = False) -> None:
        """Show statements as cards: a frame as `html.cards` takes it; with `file`, a CSV lies beside the page."""
        made = _folded(escape(title), html.cards(frame)) if folded else html.cards(frame)
        text = frame.to_csv(index=False, lineterminator="\n")
        about = {"id": name or anchor(title), "caption": title, "folded": folded, "csv": text * file, "file": file}
        _show("table", {"text/html": made, "text/plain": text}, **about)

    def table(self, table: Table) -> None:
        """Show a table, folded if it says so."""
        self._show_table(table, _closed(table))

    def _show_table(self, table: Table, html: str, **more: object) -> None:
        about = {"id": table.id, "caption": table.caption, "folded": table.folded, **more}
        about |= {"csv": table.csv() if table.download else ""} | ({"note": table.note} if table.note else {})
        _show("table", {"text/html": html, "text/plain": table.text()}, **about)

    def close(self) -> None:
        """Show the headline values, when the next are expected, and the sources of every figure used: the last call."""
        values = list(self._values.values())
        expected = self.figures.read("expected.csv").set_index("indicator")["expected"]
        measures = [(value["key"].removeprefix("england_"), value["label"]) for value in values]
        following = sorted((expected[key], label) for key, label in measures if key in expected.index)
        edition = pd.to_datetime(self.figures.read("edition.csv").set_index("fact").at["Edition", "words"])
        now = f"{edition:%Y-%m}"
        ahead = [f"{say.month(when)} ({label})" for when, label in following if when >= now][:1]
        ahead += [f"{say.month(when)} ({label}), not yet added here" for when, label in following if when < now][-1:]
        used = self.figures.used().query("area == @self.area and status == 'actual'").dropna(subset="value")
        up_to = newest(period.rpartition(" to ")[2] for period in used["time_period"])
        rows = [(v["label"], shown(v), interval_shown(v), coverage_shown(v), v["period"]) for v in values]
        frame = pd.DataFrame(rows, columns=["Value", "Estimate", "Interval", "Coverage", "Period"])
        caption, right = f"Headline values, {self.name}", ["Estimate", "Interval", "Coverage"]
        note, folded = _COVERAGE if any(frame["Interval"]) else "", len(frame) > _MANY
        table = Table("headline-values", caption, frame, note=note, folded=folded, right=right)
        shapes = {"text/html": _closed(table), "text/plain": table.text()}
        _show("values", shapes | {"application/vnd.analysis.values+json": values})
        sources, read = source_rows(self.figures), reads.record(self.figures)
        shapes = {
            "text/html": sources_html(self.figures, sources, read.get("elsewhere", ())),
            "text/plain": Table("sources", "", pd.DataFrame(sources)).text(),
            "application/vnd.analysis.sources+json": sources,
            "application/vnd.analysis.read+json": read | {"digest": reads.digest(self.figures, read)},
        }
        released = max(self.figures.sources["date"].reindex([row["source"] for row in sources]).dropna(), default="")
        about = {"expected": "; ".join(ahead), "up_to": str(up_to or ""), "released": say.month(released)}
        _show("sources", shapes, **{name: text for name, text in about.items() if text})


def plain_table(
    made: pd.DataFrame | pd.Series, title: str = "", note: str = "", folded: bool = False, **about: Any
) -> Table:
    """Return any frame as a table of a page: caption (the columns' names if blank), scoped headers, numbers in words.

    Its first column names the rows, or its index if that has a name or is no plain numbering.
    """
    frame = made.to_frame() if isinstance(made, pd.Series) else made
    if frame.index.nlevels > 1 or frame.index.name or not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    frame = frame.set_axis([" ".join(map(str, c)).strip() if isinstance(c, tuple) else str(c) for c in frame], axis=1)
    title = title or say.capital(say.listed(list(frame.columns[:6]))) or "Table"
    about.setdefault("id", anchor(title) or "table")
    numbers = frame.select_dtypes("number").columns
    formats = {name: partial(number, decimals=_decimals(frame[name])) for name in numbers} | about.pop("formats", {})
    if {"value", "symbol"} <= set(frame) and "value" in numbers:  # why a number is missing stands in its place
        frame, _ = with_symbols(frame)
        about.setdefault("right", list(numbers))
    return Table(caption=title, frame=frame, formats=formats, note=note, folded=folded, **about)


def _decimals(values: pd.Series) -> int:
    """Return how many decimals tell a column's numbers apart: none where all are whole, else to three digits."""
    known = values[np.isfinite(values.astype(float))].astype(float)
    if not len(known) or (known == known.round()).all():
        return 0
    return int(np.clip(2 - np.floor(np.log10(known.abs().max() or 1)), 0, 4))


def show_as_on_a_page() -> None:
    """Have frames and figures that are a cell's result shown as on a page, and drawn in the house style.

    On the page itself a frame that nothing was said of is working: it stands with the code, folded.
    """
    shell = get_ipython()
    charts.house_style()
    if shell is None:
        return
    formatter = shell.display_formatter.mimebundle_formatter
    for kind, bundle in (
        (pd.DataFrame, _frame_bundle),
        (pd.Series, _frame_bundle),
        (mpl.figure.Figure, _figure_bundle),
    ):
        formatter.for_type(kind, bundle)
    formatter.for_type_by_name("pandas.io.formats.style", "Styler", lambda style, **_: _frame_bundle(style.data))
    # The inline backend would add a picture of its own, and again whenever it is set up.
    InlineBackend.instance(parent=shell).figure_formats = set()


_MOST_ROWS, _MANY = 60, 20
"""Rows of a frame that a notebook shows, and headline values from which on a page shows them closed."""


def _closed(table: Table) -> str:
    """Return a table in HTML, behind its caption where it is folded."""
    return _folded(escape(table.caption), table.html()) if table.folded else table.html()


def _folded(summary: str, made: str) -> str:
    return f'<details class="data"><summary>{summary}</summary>{made}</details>'


def _frame_bundle(frame: pd.DataFrame | pd.Series, **_: Any) -> tuple[dict, dict]:
    shown = frame.head(_MOST_ROWS)
    more = f"The first {_MOST_ROWS} of {number(len(frame))} rows." if len(frame) > _MOST_ROWS else ""
    table = plain_table(shown, note=more)
    about = {"id": table.id, "caption": table.caption, "folded": table.folded, "csv": table.csv()}
    return {"text/html": table.html(), "text/plain": table.text()}, {"analysis": {"kind": "working", **about}}


def _figure_bundle(drawing: Any, **_: Any) -> tuple[dict, dict]:
    made = charts.chart(drawing)
    return {"image/svg+xml": made.svg, "text/plain": made.alt}, {"analysis": {"kind": "chart", **made.about}}


def _caption(markdown: str, text: str) -> None:
    """Show words beside a chart; the page takes them from the chart's own mark and leaves these out."""
    _show("caption", {"text/markdown": markdown, "text/plain": text})


def _show(kind: str, data: dict[str, object], **about: object) -> None:
    """Display a bundle with its mark; JSON-safe by construction."""
    json.dumps(data | about, allow_nan=False)
    display(data, raw=True, metadata={"analysis": {"kind": kind, **about}})
