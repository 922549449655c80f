"""Tests of pdsec_checks.analysis.ring."""
