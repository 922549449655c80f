"""Fixes as data: worked out from the records of an account."""
