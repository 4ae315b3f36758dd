"""Two report folders side by side: which headline values changed, and why."""
