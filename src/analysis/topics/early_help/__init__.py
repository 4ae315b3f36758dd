"""Early help: what is spent on it, what comes of need, and what the spend would have to achieve."""
