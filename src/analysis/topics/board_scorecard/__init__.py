"""The improvement board's indicators: how an area stands on them today, and the board's own table of 2013."""
