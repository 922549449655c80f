"""What happens if nothing is done about a fail: the class of each control, and its own words.

The class decides what a report tells people to fix first. That of a control of the product stands
here; one of an organisation's own says it in its docstring: ``Consequence: help comes late.``
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pdsec_checks.errors import UsageError
from pdsec_checks.model import Consequence, Control

CLASSES: Mapping[Consequence, str] = {
    Consequence.NOBODY_CALLED: "05 07 08 18 26 28 29 35 41",
    Consequence.ONE_DOES_ALL: "01 02 03 13 33 36 42 44 45",
    Consequence.FORGED_OR_READ: "14 15 16 32 34",
    Consequence.LATE: "06 09 10 17 22 27 30 31",
    Consequence.UNTRACEABLE: "11 12 40 43",
    Consequence.ORDER: "04 19 20 21 23 24 25 37 38 39",
}
"""The controls of the product by class, those that are to come (PD-26 to PD-45) included."""
CLASS_OF: Mapping[str, Consequence] = {
    f"PD-{number}": each for each, numbers in CLASSES.items() for number in numbers.split()
}
"""The same by control."""
IF_IGNORED: Mapping[Consequence, str] = {
    Consequence.NOBODY_CALLED: "An incident can come in without anybody being called.",
    Consequence.ONE_DOES_ALL: (
        "One person, or whoever gets hold of one key, can silence every alert or read everything."
    ),
    Consequence.FORGED_OR_READ: "Alerts can be forged, or read on the way.",
    Consequence.LATE: "When something breaks, help comes late.",
    Consequence.UNTRACEABLE: "Nobody can tell afterwards what happened, or who did it.",
    Consequence.ORDER: "Nothing breaks at once; it takes longer to find what matters.",
}
"""What happens, where a control does not say it more exactly."""
OF_CONTROL: Mapping[str, str] = {
    "PD-01": (
        "Whoever guesses or steals one password logs in without your identity provider, and "
        "people who left keep their login."
    ),
    "PD-02": "Each of these accounts, once stolen, can silence every alert.",
    "PD-03": "Each owner can hand over or close the account, and nobody knows who decides.",
    "PD-04": "The user keeps rights that no team reviews.",
    "PD-05": "Incidents of this service notify nobody.",
    "PD-06": "When the first people called miss the page, nobody else is called.",
    "PD-07": "An incident that nobody answered by the last rule is answered by nobody.",
    "PD-08": "An incident that comes in during a gap calls nobody on this schedule.",
    "PD-09": "When the only person on the schedule sleeps through a page or is ill, help is late.",
    "PD-10": "In a major incident people are called and told by hand, and so late.",
    "PD-11": "After a mistake or an attack nobody can tell who changed what.",
    "PD-12": "An attack that is found months later can no longer be reconstructed.",
    "PD-13": "A forgotten copy of the key still works: whoever finds it can do what the key can.",
    "PD-14": "Whoever is on the way reads what is broken and who is at work, and can change it.",
    "PD-15": "Whoever knows the receiver's address can send it forged incidents.",
    "PD-16": "Strangers can page the team, or bury a real alert among false ones.",
    "PD-17": "PagerDuty assigns urgent incidents to this user and does not say so.",
    "PD-18": "A page to this person wakes nobody.",
    "PD-19": "People who are woken by everything stop waking up.",
    "PD-20": "An outage and an annoyance wait in the same queue.",
    "PD-21": "In an outage nobody sees what else it takes down.",
    "PD-22": "An incident that somebody acknowledged and forgot stays silent for ever.",
    "PD-23": "New alerts go into an old incident that nobody looks at.",
    "PD-24": "Everybody who can log in reads names, response times and weak services.",
    "PD-25": "Responders have to ask around for the change behind an incident.",
    "PD-26": "In these hours an incident of this service wakes nobody in time.",
    "PD-27": "When the first person sleeps through the call, nobody else is called in time.",
    "PD-28": "When it is the turn of somebody who is not there, a page reaches nobody.",
    "PD-29": "From the day on which its last layer ends, this schedule calls nobody.",
    "PD-30": "When this person's one device is off, silent or blocked, the alert reaches nobody.",
    "PD-31": "An incident that everybody missed once calls nobody again until morning.",
    "PD-32": "Tickets, messages and log lines of incidents stop coming, and nobody is told.",
    "PD-33": "Whoever can read the account over the API can use the credential elsewhere.",
    "PD-34": "Whoever owns the host, today or once the domain expires, reads what is broken.",
    "PD-35": "While the window lasts, an outage of these services opens no incident.",
    "PD-36": "Somebody whom no leaver process reaches keeps the login, and is sent incidents.",
    "PD-37": "While the one administrator is away, nobody can repair a policy or remove a leaver.",
    "PD-38": "Nobody notices when somebody else uses this account, and its licence is wasted.",
    "PD-39": "Somebody picks a policy or a schedule that nobody keeps, and calls reach nobody.",
    "PD-40": "Whoever takes over a browser session acts as its user for hours or days.",
    "PD-41": "Events that no rule matches, or that go to a dead service, call nobody.",
    "PD-42": "Somebody may administer the account whom nobody decided to trust with it.",
    "PD-43": "Whoever gets into the mailbox takes the account that waits there.",
    "PD-44": "Whoever runs the client, or steals its token, can do what this administrator can.",
    "PD-45": "Somebody who left still logs in, reads incidents and can silence alerts.",
}
OF_CAUSE: Mapping[tuple[str, str], str] = {
    ("PD-05", "no-rules"): (
        "Incidents of this service, and of all others with its policy, notify nobody."
    ),
    ("PD-07", "runs-once"): "An incident that everybody missed once calls nobody again.",
    ("PD-08", "nobody"): "This schedule calls nobody at any hour.",
    ("PD-08", "deleted"): "The turns of somebody who was deleted call nobody.",
    ("PD-09", "nobody"): "Whatever escalates to this schedule waits for the next level.",
    ("PD-12", "no-plan"): "There is no record of who changed what, today or later.",
    ("PD-12", "no-records"): "There is no record of who changed what, today or later.",
    ("PD-13", "no-plan"): "Nobody can tell which keys are old, and a forgotten copy still works.",
    ("PD-14", "broken-url"): (
        "What is sent there arrives nowhere, or somewhere that nobody chose."
    ),
    ("PD-16", "refused-type"): (
        "Whoever kept the key of a product that is gone can page the team."
    ),
    ("PD-18", "deleted"): "It is the turn of somebody who was deleted: pages reach nobody.",
    ("PD-22", "at-once"): (
        "Acknowledging has no effect: the incident comes back at once, until people ignore it."
    ),
    ("PD-23", "at-once"): "Incidents are closed before anybody has looked at them.",
    ("PD-26", "no-policy"): "Incidents of this service are never opened: nobody is called.",
    ("PD-26", "nobody"): "In these hours no incident is opened, and the event is lost.",
    ("PD-27", "no-policy"): "Incidents of this service are never opened: nobody is called.",
    ("PD-27", "nobody"): "In these hours no incident is opened, and the event is lost.",
    ("PD-27", "silent"): "In these hours an incident wakes nobody at all.",
}
"""(control, cause) → what happens, where that is another thing than the control's own."""


def sentence(control: Control, cause: str) -> str:
    """Return what happens if nothing is done about a fail of *control* with this *cause*."""
    own = OF_CAUSE.get((control.id, cause)) or control.if_ignored
    return own or IF_IGNORED[control.consequence]


def consequence_of(control_id: str, paragraph: str, where: str) -> tuple[Consequence, str]:
    """Return the class of a control and its own sentence, empty where it has none.

    *paragraph* is what its docstring says behind ``Consequence:``, the words of a class and, after
    a full stop, a sentence. A control that says nothing belongs to the last class.

    Raises:
        UsageError: The paragraph begins with other words; *where* names the control.
    """
    if control_id in CLASS_OF:
        return CLASS_OF[control_id], OF_CONTROL.get(control_id, "")
    if not paragraph:
        return Consequence.ORDER, ""
    words, _, own = paragraph.partition(".")
    known = {each.value.casefold(): each for each in Consequence}
    found = known.get(re.sub(r"\s+", " ", words).strip().casefold())
    if found is None:
        raise UsageError(
            f"{where}: the paragraph Consequence: begins with one of "
            f"{', '.join(repr(each.value) for each in Consequence)}, and a full stop"
        )
    return found, own.strip()
