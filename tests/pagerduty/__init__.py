"""Tests of ``pdsec_checks.pagerduty``."""
