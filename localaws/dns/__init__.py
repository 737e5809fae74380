"""DNS: zones, lookup and server."""
