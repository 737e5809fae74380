"""SPF at a domain itself: what a change would cost, and the change of a TXT set that others have a say in."""
