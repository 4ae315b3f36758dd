"""Special educational needs: plans so far and ahead, how forecasts did, whether plans are on time, what they cost."""
