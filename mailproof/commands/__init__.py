"""The commands of `mailproof`, one module each."""
