"""Tests of what `mailproof doctor` looks at."""
