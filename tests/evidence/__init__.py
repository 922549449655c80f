"""Tests of ``pdsec_checks.evidence``."""
