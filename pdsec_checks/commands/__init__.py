"""The sub-commands of ``pagerduty-sec-inspector``, one module each.

A module has ``parser()``, light enough for ``--help`` and completion, and ``run(given)``, which
returns the exit code and may raise an InspectionError.
"""

COMMANDS = {
    "inspect": "inspect an account or a recording (the default)",
    "recordings": "print what a recording holds, and what it lacks",
    "doctor": "say what the credential can read, and what the rest costs",
    "login": "log in through the browser; also --status and --forget",
}
"""Name → what it is for; the name is also that of the module."""
