"""Credentials: keys, tokens, logins, and what PagerDuty says of them."""
