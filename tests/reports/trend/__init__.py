"""Tests of the trend over several reports."""
