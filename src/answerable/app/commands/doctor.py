"""``answerable doctor``: what is wrong, and how to mend it."""

from __future__ import annotations

import argparse

NAME = "doctor"
HELP = "Check the installation and say how to mend what is wrong. Exit status 1 when something is."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def handle(args: argparse.Namespace) -> int:
    """1 when any check found something wrong."""
    from answerable.app import boot, doctor

    findings = doctor.examine()
    for finding in findings:
        boot.say(str(finding))
    wrong = sum(not finding.ok for finding in findings)
    boot.say("Everything is in order." if not wrong else f"{wrong} of {len(findings)} checks found something wrong.")
    return 1 if wrong else 0
