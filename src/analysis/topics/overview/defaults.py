"""What the topics' notebooks assume unless they are told otherwise: the overview's answers rest on the same.

A notebook's parameters cell holds these values for its own page. Here they stand once more, as a report may depend on
the package and the data only; a test shows that both are the same.
"""

from __future__ import annotations

from types import SimpleNamespace

HIDDEN_HARM = SimpleNamespace(
    definition="dependency",
    age_base="0 to 17",
    year=2025,
    design_effect=1.5,
    survey_size=2000,
    multiplier_low=0.0,
    multiplier_high=0.0,
    population_error=2.0,
    target_share=50.0,
    draws=65536,
    seed=2013,
)
CHILD_POVERTY = SimpleNamespace(measure="after housing costs", year=2025)
NEET = SimpleNamespace(period=2025, comparator="England", funnel_limits="chance and usual spread")
SEND = SimpleNamespace(horizon=4, joiner_growth=0.0, cease_rate=1.0, unit_cost=17000.0, mitigation=0.0, seed=1)
EARLY_HELP = SimpleNamespace(
    outcome="children looked after",
    care_year_cost=77200.0,
    care_year_low=40000.0,
    care_year_high=100000.0,
    effect_per_10000=3.76,
    effect_low=0.0,
    effect_high=8.0,
    optimism_bias=0.4,
    years_averted=1,
    lag=1,
    discount_rate=0.035,
    deflator="CPIH",
    inflation_after=0.045,
    draws=65536,
    seed=2013,
)
SCORECARD = SimpleNamespace(
    rule="beyond chance", tolerance=10.0, good_direction="the scorecard's reading", noise="chance alone"
)

OF = {
    "hidden_harm": HIDDEN_HARM,
    "child_poverty": CHILD_POVERTY,
    "neet": NEET,
    "send": SEND,
    "early_help_spend": EARLY_HELP,
    "scorecard": SCORECARD,
}
"""Name of the notebook → its defaults."""
