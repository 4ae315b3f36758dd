"""Official statistics: fetching the releases, reading them, and turning them into figures."""
