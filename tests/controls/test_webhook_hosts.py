"""PD-34: do webhooks go to known hosts?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.controls.helpers import only
from tests.simulator.builders import a_webhook_subscription, an_extension
from tests.support.judged import a_snapshot, refused, verdicts


def judged(url: Any, *hosts: str) -> str:
    """Return the verdict of a subscription with this address."""
    hook = a_webhook_subscription(url=url, id="PSUB")
    found = only(a_snapshot(webhook_subscriptions=[hook]), "PD-34", webhook_hosts=hosts)
    return found.status.value


@pytest.mark.parametrize(
    ("url", "host", "expected"),
    [
        ("https://hooks.acme.example/in", "hooks.acme.example", "pass"),
        ("https://HOOKS.acme.example:8443/in", "Hooks.Acme.example", "pass"),
        ("https://user@hooks.acme.example/in", "hooks.acme.example", "pass"),
        ("https://hooks.acme.example@evil.example/in", "hooks.acme.example", "fail"),
        ("https://a.b.acme.example/in", "*.acme.example", "pass"),
        ("https://acme.example/in", "*.acme.example", "fail"),
        ("https://notacme.example/in", "*.acme.example", "fail"),
        ("https://münchen.example/in", "xn--mnchen-3ya.example", "pass"),
        ("https://192.0.2.7/in", "192.0.2.7", "pass"),
        ("https://192.0.2.7/in", "*.0.2.7", "fail"),
        ("https://[2001:db8::1]/in", "2001:db8::1", "pass"),
        ("https://192.0.2.8/in", "192.0.2.7", "fail"),
        ("no address", "acme.example", "error"),
        ("https://0123456789.example.invalid/in", "*.example.invalid", "error"),
        ("https://0123456789.public.example.invalid/in", "*.example.invalid", "error"),
        ("https://hooks.example.invalid/in", "hooks.example.invalid", "pass"),
        ("https://hooks.acme.example:8443/in", "hooks.acme.example:8443", "pass"),
        ("https://hooks.acme.example/in", "*.acme.example:443", "pass"),
    ],
)
def test_host_is_listed_or_not(url: str, host: str, expected: str) -> None:
    """Case, IDNA and port make no difference; an IP address only matches literally."""
    assert judged(url, host) == expected


def test_without_a_list_one_row_counts_the_hosts() -> None:
    """The evidence of the one manual row can be copied into the configuration."""
    urls = ["https://a.example/1", "https://A.example/2", "https://b.example:1/", "broken"]
    hooks = [a_webhook_subscription(url=url, id=f"P{n}") for n, url in enumerate(urls)]

    found = only(a_snapshot(webhook_subscriptions=hooks), "PD-34")

    assert (found.resource.id, found.status.value) == ("account", "manual")
    assert found.evidence["endpoints_by_host"] == {"a.example": 2, "b.example": 1, "unknown": 1}


def test_extensions_with_a_url_are_judged() -> None:
    """One without a URL sends nothing; where nothing sends, nothing is judged."""
    some = an_extension(id="PEXT", endpoint_url="https://evil.example")
    none = an_extension("Other", id="PNONE", endpoint_url=None)
    hosts = ("acme.example",)

    found = verdicts(a_snapshot(extensions=[some, none]), "PD-34", webhook_hosts=hosts)
    empty = verdicts(a_snapshot(extensions=[none]), "PD-34", webhook_hosts=hosts)

    assert found == {"PEXT": "fail"}
    assert empty == {"account": "not_applicable"}


@pytest.mark.parametrize("hosts", [(), ("acme.example",)])
def test_refused_list_and_pseudonyms_are_errors(hosts: tuple[str, ...]) -> None:
    """What is not shown is known to nobody."""
    hidden = a_webhook_subscription(url="https://0123456789.example.invalid/x", id="PSUB")
    unread = a_snapshot(extensions=refused())

    assert only(unread, "PD-34", webhook_hosts=hosts).status.value == "error"
    pseudonymous = a_snapshot(webhook_subscriptions=[hidden])
    assert only(pseudonymous, "PD-34", webhook_hosts=hosts).status.value == "error"
