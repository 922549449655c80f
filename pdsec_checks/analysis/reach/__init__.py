"""Reach: how many services in service stand behind a resource, and how many of them are critical.

It decides what is fixed first among findings alike, and no verdict. What was not read, or cannot
be read, and might be a service more makes the number one of at least so many, and unknown where no
service is known: never small.

``behind`` answers for each kind of resource, from what ``services`` knows of services and
``callers`` of policies and schedules; ``group`` counts.
"""

from pdsec_checks.analysis.reach.behind import ServicesBehind, Sources

__all__ = ["ServicesBehind", "Sources"]
