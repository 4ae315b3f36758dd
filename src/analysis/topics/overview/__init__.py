"""The overview: the five answers, the scorecard's exceptions, what is new, what changed, and how sure all this is."""
