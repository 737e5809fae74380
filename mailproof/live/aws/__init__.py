"""AWS as it is: one synchronous reader per service."""
