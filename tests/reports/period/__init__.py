"""Tests of the report on a period."""
