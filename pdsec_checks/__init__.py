"""PagerDuty Security Inspector: a pytest suite that inspects one PagerDuty account.

The folders, in the order of a run that begins at ``plugin.py`` or, for the command, at ``cli.py``:

- ``commands``: one module a sub-command; ``inspect`` turns flags into pytest's options.
- ``configuration``: what an inspection is told: flags, environment, file, people's decisions.
- ``catalogue``: which controls and frameworks there are; no account, no pytest.
- ``pagerduty``: settings in, snapshot out: an account that is read, recorded or replayed.
- ``resources``: the records of a snapshot as typed views.
- ``controls``: one test function each, which reads as one sentence; ``analysis`` thinks for them.
- ``fixes``: what ends a fail, as data: requests, Terraform, the way through the web page.
- ``judging``: controls, snapshot and settings in, findings out; the only judge there is.
- ``suite``: the controls as pytest tests: each case an item, each finding an outcome.
- ``accounts``: many accounts: each an item.
- ``reports``: findings in, text out.
- ``evidence``: recordings and reports that are sealed, checked, and told over a period.
"""

__version__ = "0.1.0"

NAME = "pagerduty-sec-inspector"
"""The command, the package on PyPI, and what reports, recordings and requests call the tool."""
TITLE = "PagerDuty Security Inspector"
"""The name for people."""
