"""Charts: one function a kind, in the style of the Government Analysis Function.

Each returns a `Chart`: the drawing as SVG with its text as text, the alternative text, and the
data behind it as a table. Title (the finding) and subtitle (measure, place, time) are page text,
never part of the drawing. Colour is never the only mark: values are printed and lines labelled.

| kind | shows |
| --- | --- |
| `lines` | values over time or another scale, with comparators and intervals |
| `fan` | a history and its forecast in nested bands |
| `bars`, `ranked` | amounts as given; areas in order |
| `ladder`, `dumbbell` | estimates with intervals; two values each |
| `bridge`, `tornado` | how amounts add up; what moves a result most |
| `funnel` | values against their denominators, with control limits |
| `spine` | many measures beside all authorities, each with a verdict and its last years |
| `timeline` | when each of many things began and ended |
| `matrix` | a table of shaded cells |
| `choropleth` | areas on a map, shaded by fifths |
| `chart` | any figure of matplotlib or seaborn |
| `curve` | estimates of many specifications, and what each rests on |
"""

from analysis.charts.bar_charts import bars, ranked
from analysis.charts.change_charts import bridge, tornado
from analysis.charts.curve_chart import curve
from analysis.charts.dot_charts import dumbbell, ladder
from analysis.charts.drawing import ACCENT, FOCUS, GREY, REFERENCE, About, Chart
from analysis.charts.fan_chart import fan
from analysis.charts.funnel_chart import funnel
from analysis.charts.kit import chart, house_style
from analysis.charts.line_chart import lines
from analysis.charts.looks import LOOKS
from analysis.charts.maps import choropleth, ends
from analysis.charts.matrix_chart import matrix
from analysis.charts.spine import spine
from analysis.charts.timeline_chart import timeline

__all__ = [
    "ACCENT", "FOCUS", "GREY", "LOOKS", "REFERENCE", "About", "Chart",
    "bars", "bridge", "chart", "choropleth", "curve", "dumbbell", "ends",
    "fan", "funnel", "house_style", "ladder", "lines",
    "matrix", "ranked", "spine", "timeline", "tornado",
]  # fmt: skip
