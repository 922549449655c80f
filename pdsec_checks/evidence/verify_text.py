"""``VERIFY.md``, which tells an auditor without this tool how to check a bundle."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import Template

from pdsec_checks import __version__
from pdsec_checks.evidence.signing import NAMESPACE

TEMPLATE = Path(__file__).with_name("verify.template")
UNLISTED = ("SHA256SUMS", "SHA256SUMS.sig")
"""What no list of digests can hold, in order; the stamp comes last."""
STAMP_FILE = "SHA256SUMS.sig.tsr"
STAMPED = """\
Anybody can set a clock back before signing. `SHA256SUMS.sig.tsr` is the word of a third party, a
time stamp authority (RFC 3161), that the signature was there at a time. Get the certificates of
that authority from its own website, put them beside this folder as `tsa-ca.crt`, and run:

```sh
openssl ts -verify -data SHA256SUMS.sig -in SHA256SUMS.sig.tsr -CAfile ../tsa-ca.crt
```

It must print `Verification: OK`. This shows the time, in the line `Time stamp:`:

```sh
openssl ts -reply -in SHA256SUMS.sig.tsr -token_out |
  openssl ts -reply -token_in -in /dev/stdin -text
```

It should be soon after the day on which the signer says to have signed, if not on it. When the
certificate of the authority has expired, the stamp can no longer be checked like this."""
UNSTAMPED = """\
Anybody can set a clock back before signing, and this bundle has no time stamp of a third party:
that it was signed on $sealed UTC is the word of the signer. Whatever shows that somebody else had
it soon after, such as a mail or a ticket, is worth more."""
CAUTION = """
Look into `$configuration` first: a `controls_path` in it names Python code, which it would run."""


def verify_text(
    identity: str,
    fingerprint: str,
    sealed_at: datetime,
    stamped: bool,  # noqa: FBT001 - one of the facts about a bundle, in their order
    recording: str,
    reports: Sequence[str],
    configuration: str | None = None,
) -> str:
    """Return the page that a bundle has for whoever checks it.

    Each fence marked ``sh`` is a command for the unpacked folder, with the signers in
    ``../allowed_signers`` and the certificates of the authority in ``../tsa-ca.crt``; those marked
    ``shell`` want this tool.

    Args:
        identity: Who signs, as :func:`~pdsec_checks.evidence.signing.checked_identity` returns it.
        fingerprint: ``SHA256:…`` of the key.
        sealed_at: When it is signed, aware of its time zone; it is shown in UTC.
        stamped: Whether an authority stamps the signature.
        recording: The name of the recording in the bundle.
        reports: The names of the reports in it, such as ``reports/report.json``.
        configuration: The name of the configuration in it, if it has one.
    """
    facts = {
        "identity": identity,
        "quoted_identity": shlex.quote(identity),
        "fingerprint": fingerprint,
        "namespace": NAMESPACE,
        "sealed": shown(sealed_at),
        "time": f"{sealed_at.astimezone(UTC):%Y%m%d%H%M%S}",
        "version": __version__,
        "recording": recording,
        "quoted_recording": shlex.quote(recording),
        "config_flag": f" --config {shlex.quote(configuration)}" if configuration else "",
        "good": f'Good "{NAMESPACE}" signature for {identity} with KEY-TYPE key {fingerprint}',
        "contents": _contents(recording, reports, configuration, stamped=stamped),
        "caution": Template(CAUTION).substitute(configuration=configuration)
        if configuration
        else "",
    }
    text = Template(TEMPLATE.read_text("utf-8"))
    return text.substitute(facts | _about_stamp(shown(sealed_at), stamped=stamped))


def shown(moment: datetime) -> str:
    """Return a moment in UTC, for people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _about_stamp(sealed: str, *, stamped: bool) -> dict[str, str]:
    """Return what the page says of a time stamp, or of having none."""
    if stamped:
        return {
            "unlisted": _enumerated([*UNLISTED, STAMP_FILE]),
            "openssl_needed": ", and `openssl`",
            "stamp_fact": "; a third party stamped it",
            "stamp_time": " Step 3 has the time by a third party.",
            "stamp_title": "The signature was there at that time",
            "stamp": STAMPED,
            "stamp_verdict": "Yes, as far as you trust the time stamp authority (step 3).",
            "tsa_flag": " --tsa-ca ../tsa-ca.crt",
        }
    return {
        "unlisted": _enumerated(UNLISTED),
        "openssl_needed": "",
        "stamp_fact": "",
        "stamp_time": "",
        "stamp_title": "Nobody else says when it was signed",
        "stamp": Template(UNSTAMPED).substitute(sealed=sealed),
        "stamp_verdict": "No: this bundle has no time stamp (step 3).",
        "tsa_flag": "",
    }


def _enumerated(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _contents(
    recording: str, reports: Sequence[str], configuration: str | None, *, stamped: bool
) -> str:
    """Return a row for each file of the bundle."""
    rows = {
        recording: "the recording: every answer of PagerDuty that the inspection read",
        "ledger.jsonl": "one line a request: what was asked, and the digest of what was answered",
        "statement.json": "what was inspected, when and by which version, and what was not read "
        "(an in-toto statement)",
    }
    rows |= dict.fromkeys(sorted(reports), "a report of the inspection")
    if configuration:
        rows[configuration] = "the configuration: thresholds and waivers that the reports apply"
    rows["VERIFY.md"] = "this page"
    rows["SHA256SUMS"] = "the list: the SHA-256 digest of every file above"
    rows["SHA256SUMS.sig"] = "the signature of the list"
    if stamped:
        rows[STAMP_FILE] = "the time stamp of the signature"
    return "\n".join(f"| `{name}` | {what} |" for name, what in rows.items())
