"""Zones that move: what the world is answered now, compared with what it would be answered by other servers."""
