"""What the overview still says of early help by itself; it goes when the overview takes published values alone."""
