"""Tests of sealed evidence."""
