"""Move what is live from one stack into another."""
