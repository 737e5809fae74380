"""Facts read from SES and DNS: each is answered, absent, or failed."""
