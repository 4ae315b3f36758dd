"""Models that a notebook shares with its tests or with another page: frames of figures in, frames out, no words."""
