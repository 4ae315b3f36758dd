"""Child poverty: measures that are never joined, wards, and what goes with children entering care."""
