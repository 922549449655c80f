"""Tests of runs over several accounts."""
