"""Tests of ``pdsec_checks.reports.ring``."""
