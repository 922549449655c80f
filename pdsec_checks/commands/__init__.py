"""The sub-commands of ``pagerduty-sec-inspector``, one module each.

A module has ``parser()``, light enough for ``--help`` and completion, and ``run(given)``, which
returns the exit code and may raise an InspectionError.
"""

COMMANDS = {
    "inspect": "inspect an account or a recording (the default)",
    "ring": "show for every service when an incident would ring nobody, and why",
    "controls": "list the controls, or show one with its rationale, remedy and requirements",
    "frameworks": "list the frameworks, or show one requirement by requirement",
    "config": "write, show, check or suggest the configuration",
    "completion": "print the completion script of a shell",
    "recordings": "print what a recording contains, and what is missing",
    "diff": "show what changed between two reports",
    "trend": "show how an account fares from report to report",
    "fixes": "print how to fix what fails: as Terraform, as HTTP requests, as text",
    "evidence": "seal recordings and reports, verify and keep them",
    "waive": "accept a fail until a given day",
    "attest": "vouch for what the API cannot show, until a given day",
    "doctor": "show what the credential can read, and which controls need the rest",
    "login": "log in through the browser; also --status and --forget",
}
"""Name → what it is for; the name is also that of the module."""
