"""What was seen: the one attention function, the dormant hooks, runs and replays."""
