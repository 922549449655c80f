"""Tests of the verdicts, one module for each module of controls."""
