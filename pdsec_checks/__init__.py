"""PagerDuty Security Inspector: a pytest suite that inspects one PagerDuty account."""

__version__ = "0.1.0"
