"""The board's 14 indicators, and the official measures that stand for them today."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.methods.rating import HIGH, LOW


@dataclass(frozen=True)
class Row:
    """One row of the board's table: its indicator, the official measure behind it, and the official figure shown.

    `measure` is the rate that can be compared between areas, `shown` the same or its number; both blank where no
    official series counts the same thing today. `adds_up` is True where the board's figures add up over a period.
    `board` is blank for a measure that is none of the board's and stands beside the row of that number.
    """

    number: int
    board: str
    measure: str = ""
    shown: str = ""
    adds_up: bool = False


ROWS = (
    Row(1, "board_caf_active"),
    Row(2, "board_contacts", adds_up=True),
    Row(3, "board_referrals", "referrals_rate", "referrals_number", adds_up=True),
    Row(4, "board_referral_assessment_rate"),
    Row(5, "board_cin", "cin_rate", "cin_number"),
    Row(6, "board_cin_rate", "cin_rate", "cin_rate"),
    Row(7, "board_cpp_starts", "cpp_starts_rate", "cpp_starts_number", adds_up=True),
    Row(8, "board_cpp_start_rate", "cpp_starts_rate", "cpp_starts_rate"),
    Row(9, "board_cla", "cla_rate", "cla_number"),
    Row(10, "board_cla_rate", "cla_rate", "cla_rate"),
    Row(11, "board_cla_starts", "cla_starts_rate", "cla_starts_number", adds_up=True),
    Row(12, "board_cla_start_rate", "cla_starts_rate", "cla_starts_rate"),
    Row(13, "board_cla_ceased", "cla_ceased_rate", "cla_ceased_number", adds_up=True),
    Row(14, "board_cla_ceased_rate", "cla_ceased_rate", "cla_ceased_rate"),
)
BESIDE = (
    Row(4, "", "referrals_no_action_rate", "referrals_no_action_rate"),
    Row(14, "", "cla_ceased_per_100", "cla_ceased_per_100"),
)
"""Measures that are none of the board's: what is closed is not what is not assessed, and whoever leaves care was in it,
so that a rate per 10,000 of all children says first how many are in care."""
WITHOUT = tuple(row for row in ROWS if not row.measure)

GOOD = {
    "referrals_rate": LOW,
    "referrals_no_action_rate": LOW,
    "cin_rate": LOW,
    "cpp_starts_rate": LOW,
    "cla_rate": LOW,
    "cla_starts_rate": LOW,
    "cla_ceased_per_100": HIGH,
}
"""The measures that are rated, and which way the board took as good, read from its targets and colours: children in
need were green below their target, children who left care amber below theirs; a referral without action is one that led
to no assessment."""
MEASURES = tuple(GOOD)
REPLACED = "board_referral_assessment_rate"
"""The row whose measure has ended: initial assessments."""
BOARD_GOOD = {row.board: GOOD.get(row.measure, HIGH) for row in ROWS if row.measure or row.board == REPLACED}

NAMES = {
    "referrals_rate": "referrals",
    "referrals_no_action_rate": "referrals closed without action",
    "cin_rate": "children in need",
    "cpp_starts_rate": "child protection plans started",
    "cla_rate": "children in care",
    "cla_starts_rate": "children who came into care",
    "cla_ceased_per_100": "children who left care",
    "cla_ceased_rate": "children who left care, of all children",
}
"""What the measures are called in a sentence, those rated and the board's; all are plural."""

BREAKS = {
    "referrals_no_action_rate": (("2014", "new assessments"),),
    "cin_rate": (("2016", "later releases"),),
    "cpp_starts_rate": (("2016", "later releases"),),
}
"""The first period counted in another way: the assessment that follows a referral changed in 2013/14; rates to 2014
are of their own releases, on the population known then."""
