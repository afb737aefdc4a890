"""What an import takes in, leaves out, and never does."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from answerable.cases.models import Case, Decision, Note, Wait
from answerable.cases.queries import listed, queue
from answerable.cases.settle import settle_all
from answerable.channels.archive.share import NoSuchAccount
from answerable.channels.archive.source import UnreadableFile
from answerable.channels.models import Account
from answerable.core.models import Event
from answerable.history import export, importing, loading, rows
from answerable.history.models import Import
from answerable.inbox.models import Author, Message, RawEvent
from answerable.inbox.rebuild import rebuild
from answerable.people.models import Brand
from answerable.people.rights import Seat
from answerable.replies.models import Delivery
from tests.desk import Desk
from tests.history.files import EXAMPLE, take_in, write
from tests.people import Team

pytestmark = pytest.mark.django_db

QUESTION = {"id": "1", "author": "kari", "text": "@fjellro hvor er pakken?", "at": "2026-03-01T09:00:00Z"}
ANSWER = {"id": "2", "author": "fjellro", "text": "Den kommer i morgen.", "at": "2026-03-01T09:10:00Z", "parent": "1"}


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return int(cursor.fetchone()[0])


def state(brand: Brand) -> dict[str, list[Any]]:
    """Everything an import writes, without ids."""
    messages = Message.objects.filter(brand=brand).order_by("network", "external_id")
    return {
        "messages": list(
            messages.values_list(
                "network", "external_id", "author__external_id", "thread__external_id", "parent__external_id",
                "to_author__external_id", "addressed", "outbound", "text", "at", "gone_at", "edited_at", "version_at",
                "claimed_at", "indexed_at", "received_at", "sent_here_at", "mentions", "kind", "public", "told",
            )
        ),
        "waits": list(
            Wait.objects.filter(brand=brand)
            .order_by("opener__network", "opener__external_id")
            .values_list("opener__external_id", "last_ask__external_id", "asked", "started_at", "outcome", "ended_at",
                         "answer__external_id", "decision__reason", "calendar_us", "negative", "first")
        ),
        "cases": list(
            Case.objects.filter(brand=brand).order_by("opened_at", "last_at", "id")
            .values_list("state", "opened_at", "closed_at", "waiting", "queue_key", "last_at", "live")
        ),
        "authors": list(
            Author.objects.filter(brand=brand).order_by("network", "external_id")
            .values_list("network", "external_id", "handle", "name", "followers", "ours", "identity__evidence")
        ),
    }  # fmt: skip


def test_the_many_are_written_as_one_by_one(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file twice: once by COPY, once through the ordinary reading of events. The same rows."""
    take_in(team.brand, EXAMPLE, "fjellro")
    by_copy = state(team.brand)
    Account.objects.all().delete()
    Brand.objects.filter(pk=team.brand.pk).delete()

    # Nothing counts as fresh: every conversation goes the way of those that stand already.
    part = loading.Loader._part

    def nothing_fresh(self: loading.Loader) -> None:
        part(self)
        self.stage.run("DELETE FROM fresh")

    monkeypatch.setattr(loading.Loader, "_part", nothing_fresh)
    take_in(team.other, EXAMPLE, "fjellro")
    one_by_one = state(team.other)
    assert one_by_one["messages"] == by_copy["messages"]
    assert one_by_one["authors"] == by_copy["authors"]


def test_again_changes_nothing(team: Team) -> None:
    take_in(team.brand, EXAMPLE, "fjellro")
    before, events = state(team.brand), RawEvent.objects.count()
    outcome = take_in(team.brand, EXAMPLE, "fjellro")
    assert (outcome.counts["new"], outcome.counts["merged"], outcome.counts["known"]) == (0, 0, 41)
    assert state(team.brand) == before
    assert RawEvent.objects.count() == events
    assert rebuild(team.brand) == {}
    assert settle_all(team.brand.pk) == 0


def test_a_longer_file_goes_on_where_the_first_ended(team: Team, tmp_path: Path) -> None:
    take_in(team.brand, write(tmp_path / "a.jsonl", [QUESTION]), "fjellro")
    assert Wait.objects.get().outcome == ""
    outcome = take_in(team.brand, write(tmp_path / "b.jsonl", [QUESTION, ANSWER]), "fjellro")
    assert (outcome.counts["known"], outcome.counts["merged"]) == (1, 1)
    wait = Wait.objects.get()
    assert (wait.outcome, wait.calendar_us) == ("answered", 600_000_000)
    assert rebuild(team.brand) == {}


def test_small_batches_give_the_same_rows(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in(team.brand, EXAMPLE, "fjellro")
    whole = state(team.brand)
    Brand.objects.filter(pk=team.brand.pk).delete()
    monkeypatch.setattr(rows, "BATCH", 1)
    take_in(team.other, EXAMPLE, "fjellro")
    assert state(team.other) == whole


def test_it_wakes_nobody(team: Team, anna: Seat) -> None:
    before = jobs()
    take_in(team.brand, EXAMPLE, "fjellro")
    assert jobs() == before
    assert not Delivery.objects.exists()
    assert list(queue(anna)) == []
    assert listed(anna, "imported").count() == Case.objects.count() > 0
    assert set(Event.objects.exclude(kind="import.run").values_list("imported", flat=True)) <= {True}


def test_live_puts_it_into_the_queue(team: Team, anna: Seat, tmp_path: Path) -> None:
    take_in(team.brand, write(tmp_path / "a.jsonl", [QUESTION]), "fjellro", live=True)
    assert [case.waiting for case in queue(anna)] == [1]


def test_words_that_come_in_live_bring_an_imported_case_into_the_queue(desk: Desk, anna: Seat, tmp_path: Path) -> None:
    account = desk.connect("meadow")
    first = desk.world.say("meadow", "kari", "Hei @fjellro, hvor er pakken?")
    told = {
        "id": first["id"], "network": "meadow", "author": {"id": first["author"]["id"], "handle": "kari"},
        "text": first["text"], "at": "2026-03-01T09:00:00Z", "thread": first["id"], "mentions": ["fjellro"],
    }  # fmt: skip
    take_in(desk.team.brand, write(tmp_path / "a.jsonl", [told]), account.handle)
    assert list(queue(anna)) == []
    desk.world.say("meadow", "kari", "Hallo, @fjellro?", parent=first["id"])
    desk.listen()
    assert [case.waiting for case in queue(anna)] == [1]
    assert Wait.objects.get().asked == 2


def test_what_people_did_is_there(team: Team, tmp_path: Path) -> None:
    act = {"type": "act", "network": "archive", "thread": "1", "author": "kari", "by": "anna@fjellro.test"}
    later = {**QUESTION, "id": "3", "at": "2026-03-04T09:00:00Z", "parent": "1"}
    much_later = {**QUESTION, "id": "4", "at": "2026-03-20T09:00:00Z", "parent": "1"}
    records = [
        QUESTION,
        {**act, "act": "note", "at": "2026-03-01T09:05:00Z", "text": "ringte"},
        {**act, "act": "close", "at": "2026-03-01T10:00:00Z", "reason": "too_late"},
        later,
        {**act, "act": "close", "at": "2026-03-05T10:00:00Z", "reason": "spam"},
        much_later,
        {**act, "act": "assign", "at": "2026-03-20T09:05:00Z"},
    ]
    take_in(team.brand, write(tmp_path / "a.jsonl", records), "fjellro")
    first, second = Case.objects.order_by("id")
    assert (first.state, second.state, second.assignee) == ("closed", "open", team.anna)
    waits = list(Wait.objects.order_by("started_at").values_list("case_id", "outcome", "first"))
    assert waits == [(first.pk, "closed_unanswered", True), (first.pk, "excused", False), (second.pk, "", True)]
    assert Note.objects.get().user == team.anna
    assert list(Decision.objects.order_by("at").values_list("user", "closing")) == [(team.anna.pk, True)] * 2
    told = Event.objects.filter(kind__startswith="case.").order_by("id").values_list("kind", "at", "imported")
    assert [(kind, f"{at:%d %H}", imported) for kind, at, imported in told] == [
        ("case.close", "01 10", True), ("case.reopen", "04 09", True), ("case.close", "05 10", True),
    ]  # fmt: skip


def test_exported_and_read_back_it_is_the_same(team: Team, tmp_path: Path) -> None:
    take_in(team.brand, EXAMPLE, "fjellro")
    first = [export.line(record) for record in export.records(team.brand)]
    file = tmp_path / "out.jsonl"
    file.write_bytes(b"".join(first))
    rows_before = state(team.brand)
    Brand.objects.filter(pk=team.brand.pk).delete()
    take_in(team.other, file, "fjellro")
    assert [export.line(record) for record in export.records(team.other)] == first
    assert state(team.other) == rows_before


def test_without_an_account_it_is_refused_with_those_that_are_there(team: Team) -> None:
    with pytest.raises(NoSuchAccount) as refused:
        take_in(team.brand, EXAMPLE)
    assert refused.value.found[0].handle.lower() == "fjellro"
    assert not RawEvent.objects.exists()


def test_an_account_of_another_brand_is_refused_before_anything_is_written(team: Team) -> None:
    take_in(team.other, EXAMPLE, "fjellro")
    with pytest.raises(importing.OtherBrands, match="belongs to another brand"):
        take_in(team.brand, EXAMPLE, "fjellro")
    assert not Message.objects.filter(brand=team.brand).exists()
    assert not Import.objects.filter(brand=team.brand).exists()


BAD = [
    ("{nonsense", "it is not JSON"),
    ("[1, 2]", "it is not a JSON object"),
    ({"author": "a", "at": "2026-03-01"}, "`id` is missing"),
    ({"id": "9", "at": "2026-03-01"}, "`author` is missing"),
    ({"id": "9", "author": "a"}, "`at` is missing"),
    ({"id": "9", "author": "a", "at": "yesterday"}, "`at` is a date in no format we know"),
    ({"id": "9", "author": "a", "at": "1969-03-01"}, "`at` is before 2000 or after 2100"),
    ({"id": "9", "author": "a", "at": "2026-03-01", "parent": "9"}, "it answers itself"),
    ({"id": "9", "author": "a", "at": "2026-03-01", "kind": "sms"}, "`kind` is none of"),
    ({"id": "9", "author": "a", "at": "2026-03-01", "told": "maybe"}, "`told` is neither true nor false"),
    ({"id": "9", "author": "a", "at": "2026-03-01", "mentions": "fjellro"}, "`mentions` is no list"),
    ({"id": {"x": 1}, "author": "a", "at": "2026-03-01"}, "`id` is no text"),
    ({"id": "x" * 501, "author": "a", "at": "2026-03-01"}, "`id` is longer than 500 characters"),
    ({"id": "1", "author": "b", "at": "2026-03-01"}, "its id stands on line 1 already"),
    ({"type": "poem", "id": "9", "author": "a", "at": "2026-03-01"}, "`type` is none of"),
    ({"type": "act", "act": "sing", "network": "archive", "thread": "1", "author": "kari", "at": "2026-03-02"}, "`act` is none"),
    ({"type": "act", "act": "note", "network": "archive", "thread": "1", "author": "ola", "at": "2026-03-02"}, "an act without"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_a_bad_row_is_left_out_with_its_line_and_reason(team: Team, tmp_path: Path, row: object, reason: str) -> None:
    path = tmp_path / "h.jsonl"
    text = row if isinstance(row, str) else json.dumps(row)
    path.write_text("\n".join([json.dumps(QUESTION), text, "", json.dumps(ANSWER)]) + "\n", encoding="utf-8")
    outcome = take_in(team.brand, path, "fjellro")
    assert outcome.counts["new"] == 2
    assert outcome.refused_file == tmp_path / "h.jsonl.refused.jsonl"
    (told,) = [json.loads(line) for line in outcome.refused_file.read_text(encoding="utf-8").splitlines()]
    assert told["line"] == 2
    assert reason in told["reason"]
    assert Wait.objects.get().outcome == "answered"


def test_a_cycle_of_answers_is_refused_and_what_hangs_on_it_stays(team: Team, tmp_path: Path) -> None:
    cycle = [{**QUESTION, "id": f"c{place}", "parent": f"c{(place + 1) % 3}"} for place in range(3)]
    hanging = {**QUESTION, "id": "h", "parent": "c0"}
    outcome = take_in(team.brand, write(tmp_path / "h.jsonl", [*cycle, hanging, QUESTION]), "fjellro")
    assert outcome.refused == {"it stands in a cycle of answers": 3}
    assert set(Message.objects.values_list("external_id", flat=True)) == {"h", "1"}
    assert Message.objects.get(external_id="h").parent is None


def test_bytes_that_are_no_utf8_and_a_row_too_long(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    long = b'{"id": "long", "text": "' + b"x" * (17 * 1024 * 1024) + b'"}'
    path.write_bytes(b"\n".join([json.dumps(QUESTION).encode(), b'{"id": "\xff"}', long, json.dumps(ANSWER).encode()]))
    outcome = take_in(team.brand, path, "fjellro")
    assert outcome.refused == {"it is longer than 16 MiB": 1, "it is not UTF-8": 1}
    assert outcome.counts["new"] == 2
    assert outcome.refused_file is not None
    lines = [json.loads(line)["line"] for line in outcome.refused_file.read_text(encoding="utf-8").splitlines()]
    assert lines == [2, 3]


def test_a_truncated_gzip_is_refused_whole(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl.gz"
    packed = gzip.compress("".join(json.dumps({**QUESTION, "id": str(n)}) + "\n" for n in range(5000)).encode())
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(UnreadableFile, match="ends early"):
        take_in(team.brand, path, "fjellro")
    assert not Account.objects.exists()
    assert not RawEvent.objects.exists()


def test_nothing_but_bad_rows_is_refused_whole(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text("{\n{\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="line 1: it is not JSON"):
        take_in(team.brand, path, "fjellro")


def test_hostile_text_arrives_as_it_is(team: Team, tmp_path: Path) -> None:
    text = "@fjellro " + "\x00\u202e<script>alert(1)</script>\u200b\"'\\.\r\nнет\t," + "å" * 100_000
    record = {
        **QUESTION,
        "text": text,
        "author": {"id": 'k"a,r\\i', "name": "{a,b}\n"},
        "mentions": ['"', "\\", "fjellro"],
    }
    take_in(team.brand, write(tmp_path / "h.jsonl", [record, ANSWER]), "fjellro")
    message = Message.objects.get(external_id="1")
    assert message.text == text.replace("\x00", "")
    assert (message.author.external_id, message.author.name) == ('k"a,r\\i', "{a,b}\n")
    assert set(message.mentions) == {"fjellro", '"', "\\"}
    assert rebuild(team.brand) == {}


def test_csv_of_any_kind_by_a_map(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text(
        "nr;who;when;body;answers\n"
        '1;kari;2026-03-01 09:00;"hei, @fjellro\nhvor er ""pakken""?";\n'
        "2;fjellro;2026-03-01 09:10;Den kommer.;1\n"
        "3;kari;in March;@fjellro takk;2\n"
        "4;kari;2026-03-01 09:20\n",
        encoding="utf-8",
    )
    mapping = {"nr": "id", "who": "author", "when": "at", "body": "text", "answers": "parent"}
    outcome = take_in(team.brand, path, "@FjellRo", mapping=mapping, network="forum")
    assert outcome.refused == {"`at` is a date in no format we know": 1, "it has 3 columns, the header 5": 1}
    assert Message.objects.get(external_id="1").text == 'hei, @fjellro\nhvor er "pakken"?'
    assert Wait.objects.get().calendar_us == 600_000_000
    assert outcome.refused_file is not None
    lines = [json.loads(line)["line"] for line in outcome.refused_file.read_text(encoding="utf-8").splitlines()]
    assert lines == [5, 6]


def test_a_column_that_is_missing_is_named(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("nr,who\n1,kari\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match=r"no column of shop\.csv is the field 'at'"):
        take_in(team.brand, path, "fjellro", mapping={"nr": "id", "who": "author"})
    with pytest.raises(UnreadableFile, match="has no column 'when'; it has: nr, who"):
        take_in(team.brand, path, "fjellro", mapping={"when": "at"})
    with pytest.raises(UnreadableFile, match="there is no field 'colour'"):
        take_in(team.brand, path, "fjellro", mapping={"nr": "colour"})
