"""Charts: one function a kind, in the style of the Government Analysis Function.

Each returns a `Chart`: a drawing for a desk and one for a phone as SVG with text as text, the alternative text, and the
data behind it as a table. Title (the finding) and subtitle (measure, place, time) are page text. Colour is never the
only mark. A kind takes `rows`, a table with the columns it names; `about`, an `About`; `fmt`, which makes values text;
`axis`, their unit in words; `reference`, a value to compare with and its label. Rows that cannot be drawn are a
ValueError in one line.

| kind | shows |
| --- | --- |
| `chart` | any figure of matplotlib or seaborn |
| `lines` | values over time, with comparators and intervals |
| `panels` | several such, small, side by side |
| `fan` | a history and its forecast in nested bands |
| `bars` | amounts as given, or each from where the one before ended |
| `ladder`, `dumbbell` | estimates with intervals; two values each |
| `funnel` | values against their denominators, with control limits |
| `spine` | many measures beside all authorities, each with a verdict and its last years |
| `choropleth`, `tips` | areas on a map, shaded by fifths; the highest and lowest, to stand beside it |
"""

from analysis.charts.figures import chart
from analysis.charts.funnel_chart import funnel
from analysis.charts.kit import ACCENT, FALL, FOCUS, GREY, LOOKS, REFERENCE, RISE, About, Chart, house_style
from analysis.charts.line_chart import fan, lines, panels
from analysis.charts.maps import choropleth, ends, tips
from analysis.charts.row_charts import bars, dumbbell, ladder
from analysis.charts.spine import spine

__all__ = [
    "ACCENT", "FALL", "FOCUS", "GREY", "LOOKS", "REFERENCE", "RISE", "About", "Chart",
    "bars", "chart", "choropleth", "dumbbell", "ends", "fan", "funnel",
    "house_style", "ladder", "lines", "panels", "spine", "tips",
]  # fmt: skip
