"""Sends a message from every domain and region, and says how each arrives."""
