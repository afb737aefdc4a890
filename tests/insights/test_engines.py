"""Three ways to the same figures: PostgreSQL after an import, DuckDB over the file, and a second computation by loops."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from answerable.cases.settle import settle_all
from answerable.inbox.rebuild import rebuild
from answerable.insights import desk, files
from answerable.insights.figures import BY, Scope
from answerable.people.models import Brand
from tests.history.files import EXAMPLE, measured, take_in, write
from tests.insights.histories import histories
from tests.insights.reference import measures
from tests.people import Team

OSLO = Scope(zone=ZoneInfo("Europe/Oslo"))


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXAMPLE.with_name(f"history.{name}expected.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("by", [None, "channel", "day"])
def test_the_worked_example_from_the_file(by: str | None) -> None:
    assert measured(EXAMPLE, ["fjellro"], by=by).as_json() == expected(f"by_{by}." if by else "")


@pytest.mark.django_db
@pytest.mark.parametrize("by", [None, "channel", "day"])
def test_the_worked_example_in_the_desk(team: Team, by: str | None) -> None:
    take_in(team.brand, EXAMPLE, "fjellro")
    assert desk.report(team.brand, Scope(), by).as_json() == expected(f"by_{by}." if by else "")


@pytest.mark.django_db
@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("scope", [Scope(), OSLO, Scope(language="no"), Scope(channel="mail")], ids=str)
def test_both_engines_agree_on_every_cut_of_the_example(team: Team, by: str, scope: Scope) -> None:
    take_in(team.brand, EXAMPLE, "fjellro")
    assert desk.report(team.brand, scope, by).as_json() == measured(EXAMPLE, ["fjellro"], scope, by).as_json()


def test_hours_and_days_follow_the_zone_over_the_change_to_summer_time(tmp_path: Path) -> None:
    # Oslo is one hour ahead until 1:00 UTC on 29 March 2026, then two.
    times = ["2026-03-28T23:30:00Z", "2026-03-29T00:59:59.999999Z", "2026-03-29T01:00:00Z", "2026-03-29T21:59:00Z"]
    records = [{"id": str(place), "author": "kari", "text": "@fjellro hei", "at": at} for place, at in enumerate(times)]
    path = write(tmp_path / "h.jsonl", records)
    by_hour = measured(path, ["fjellro"], OSLO, "hour").rows
    assert {hour: figures.inbound for hour, figures in by_hour.items()} == {0: 1, 1: 1, 3: 1, 23: 1}
    by_day = measured(path, ["fjellro"], OSLO, "day").rows
    assert {str(day): figures.inbound for day, figures in by_day.items()} == {"2026-03-29": 4}
    by_weekday = measured(path, ["fjellro"], Scope(), "weekday").rows
    assert {weekday: figures.inbound for weekday, figures in by_weekday.items()} == {6: 1, 7: 3}


@settings(max_examples=30, deadline=None)
@given(records=histories())
def test_files_agree_with_the_second_computation(records: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "h.jsonl", records)
        with files.staged(path, "jsonl", {}, "archive", lambda done: None) as stage:
            engine, _ = files.engine(stage, ["fjellro"])
            for by in (None, "day", "channel"):
                found = files.report(stage, engine, Scope(), by).as_json()
                assert found == measures(records, "fjellro", by=by)


@pytest.mark.django_db
@settings(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records=histories())
def test_the_desk_agrees_with_the_second_computation(team: Team, records: list[dict[str, Any]]) -> None:
    """And whatever was written by the many at once, reading it again one by one changes nothing."""
    from django.db import transaction

    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = write(Path(folder) / "h.jsonl", records)
        wanted = measures(records, "fjellro")
        if wanted["inbound"] + wanted["outbound"]:
            take_in(team.brand, path, "fjellro")
            assert desk.report(team.brand, Scope()).as_json() == wanted
            assert _read_again(team.brand) == {}
            assert desk.report(team.brand, Scope()).as_json() == wanted
        transaction.set_rollback(True)


def _read_again(brand: Brand) -> dict[str, int]:
    changed = dict(rebuild(brand))
    waits = settle_all(brand.pk)
    return changed | ({"waits": waits} if waits else {})


def test_times_are_cut_to_the_scope(tmp_path: Path) -> None:
    start, end = datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)
    records = [json.loads(line) for line in EXAMPLE.read_text(encoding="utf-8").splitlines()]
    found = measured(EXAMPLE, ["fjellro"], Scope(since=start, until=end)).as_json()
    assert found == measures(records, "fjellro", since=start, until=end)
