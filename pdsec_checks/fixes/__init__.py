"""Fixes: what ends a fail, as data, worked out where the account's records are at hand."""
