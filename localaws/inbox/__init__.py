"""Receivers of mail on loopback: SMTP, a verdict by mailauth, and a Maildir."""
