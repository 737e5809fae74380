"""Zones that move: what resolvers are answered now, compared with what other servers would answer."""
