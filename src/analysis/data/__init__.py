"""The tables of `data/`: checked or refused, as figures and facts, and a record of what was read."""
