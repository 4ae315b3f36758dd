"""Models that a notebook shares with its tests or another page: arrays and frames in and out, no words."""
