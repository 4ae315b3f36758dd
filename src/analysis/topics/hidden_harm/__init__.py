"""Hidden harm: estimates by definition, what is recorded today, and where the strategy's figures can come from."""

from analysis.topics.hidden_harm import charts, funnels, known, page, strategy, tables, words
from analysis.topics.hidden_harm.known import HARMS
from analysis.topics.hidden_harm.model import AGES, Model

__all__ = ["AGES", "HARMS", "Model", "charts", "funnels", "known", "page", "strategy", "tables", "words"]
