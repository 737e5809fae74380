"""DMARC policies in force, aggregate reports, and the next step of the ramp."""
