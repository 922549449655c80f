"""Tests of data_sets."""
