"""Fixes of how people are notified: contact methods and notification rules."""

from __future__ import annotations

from pdsec_checks.fixes.fix import Block, Fix, Request, created, path, reference
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.resources import User

NUMBER = "CHOOSE_A_NUMBER"
COUNTRY = "CHOOSE_A_COUNTRY_CODE"
METHOD = "CHOOSE_THE_NEW_CONTACT_METHOD"
PHONE = "phone_contact_method"


@fixes("PD-17", "user")
def rule(found: Found) -> Fix:
    """Let a rule of high urgency lead to a contact method: one that works, else a new one."""
    user: User = found.resource
    usable = next((each for each in user.contact_methods if each.is_usable), None)
    if usable is not None:
        kind, method = usable.type, usable.id
        is_dead = found.finding.cause == "dead-rule"
        return found.fixed_by(
            new_rule(user.id, kind, method),
            terraform=[rule_block(user.id, kind, method)],
            note="the rule whose contact method is gone stays behind: delete it" if is_dead else "",
        )
    return found.fixed_by(
        new_phone(user.id),
        new_rule(user.id, PHONE, METHOD),
        terraform=[
            phone_block(user.id),
            rule_block(user.id, PHONE, METHOD),
        ],
        note="the user has no contact method that wakes anybody: add one first",
    )


@fixes("PD-18", "on_call_user")
def phone(found: Found) -> Fix:
    """Give the user a number; somebody who was deleted must leave schedules and policies."""
    if found.finding.cause == "deleted":
        return found.fixed_by(note="nothing can be changed of a user who was deleted")
    is_blocked = found.finding.cause == "blocked-method"
    return found.fixed_by(
        new_phone(found.id),
        terraform=[phone_block(found.id)],
        note="a further number; the present one is unblocked by hand" if is_blocked else "",
    )


@fixes("PD-30", "responder")
def another_way(found: Found) -> Fix:
    """Add a number and a rule for it; one that comes late needs a rule at once."""
    user: User = found.resource
    if found.finding.cause == "never-rung" and (user.is_pending or user.is_stakeholder):
        return found.fixed_by(note="the user must be able to respond first, or somebody else must")
    if found.finding.cause == "late":
        return rule(found)
    return found.fixed_by(
        new_phone(user.id),
        new_rule(user.id, PHONE, METHOD),
        terraform=[phone_block(user.id), rule_block(user.id, PHONE, METHOD)],
        note="where the user has a phone, a rule for the mobile app is the second way",
    )


def new_phone(user_id: str) -> Request:
    """Return the request that adds a phone number."""
    method = {"type": PHONE, "label": "Mobile", "country_code": COUNTRY, "address": NUMBER}
    note = "country_code is a whole number, such as 44"
    where = path("users", user_id, "contact_methods")
    return Request("POST", where, {"contact_method": method}, note)


def new_rule(user_id: str, kind: str, method_id: str) -> Request:
    """Return the request that adds a rule of high urgency for a contact method."""
    rule = {
        "type": "assignment_notification_rule",
        "start_delay_in_minutes": 0,
        "urgency": "high",
        "contact_method": reference(kind, method_id),
    }
    where = path("users", user_id, "notification_rules")
    return Request("POST", where, {"notification_rule": rule})


def phone_block(user_id: str) -> Block:
    """Return the same number for Terraform."""
    return created(
        "user_contact_method",
        user_id,
        user_id=user_id,
        type=PHONE,
        country_code=COUNTRY,
        address=NUMBER,
        label="Mobile",
    )


def rule_block(user_id: str, kind: str, method_id: str) -> Block:
    """Return the same rule for Terraform."""
    return created(
        "user_notification_rule",
        user_id,
        user_id=user_id,
        start_delay_in_minutes=0,
        urgency="high",
        contact_method={"type": kind, "id": method_id},
    )
