"""Provision and prove authenticated e-mail sending domains on Amazon SES."""
