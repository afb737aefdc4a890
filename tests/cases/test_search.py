"""Search: what is found, in which order, and that nothing typed is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from answerable.cases import lookup, search
from answerable.cases.lookup import OPEN, SHUT
from answerable.cases.models import Case
from answerable.cases.search import Found
from answerable.inbox.models import Author, Message
from answerable.people.rights import Seat
from tests import talk

pytestmark = pytest.mark.django_db


def found(seat: Seat, text: str) -> list[Case]:
    return [hit.case for hit in search.search(seat, text).hits]


@pytest.mark.parametrize(
    ("language", "said", "typed"),
    [
        ("nb", "Pakken går ikke fram", "gar"),
        ("nb", "Pakken går ikke fram", "GÅR"),
        ("nb", "Pakken gar ikke fram", "går"),
        ("nb-NO", "Hvor er pakkene mine?", "pakke"),
        ("nn", "Kvar er pakkane mine?", "pakke"),
        ("no", "Skjønner ikke leveringen", "levering"),
        ("no", "Skjønner ikke leveringen", "skjonner"),
        ("en", "Where are my parcels?", "parcel"),
        ("en_GB", "It was delivered broken", "deliver"),
        ("ru", "Где мои посылки?", "посылка"),
        ("ru-RU", "Ёлка пришла сломанной", "елка"),
        ("ro", "Comenzile au ajuns în sfârşit, mulţumesc", "multumesc"),
        ("ro", "Mulţumesc", "mulțumesc"),  # cedilla and comma below
        ("ro", "Adresa șoseaua Ştefan", "stefan"),
        ("ro", "Comenzile mele", "comenzi"),
        ("sk", "Kedy príde moja objednávka?", "objednavka"),
        ("sk", "Žltý stan", "zlty"),
        ("", "Où est le colis?", "ou colis"),
        ("tlh", "Où est le colis?", "COLIS"),
        ("nb", "Teltet ga\u030ar i stykker", "går"),  # the ring as a character of its own
        ("en", "Order A-1234/77 is missing", "A-1234/77"),
        ("", "Ref. ORD20231å", "ord20231a"),
    ],
)
def test_a_word_is_found_in_the_form_and_the_letters_one_types(
    anna: Seat, language: str, said: str, typed: str
) -> None:
    case = talk.case(anna.brand, said, language=language)
    talk.case(anna.brand, "Something else", who="ola", language=language)
    assert found(anna, typed) == [case]


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("tent", True),
        ("tent pol", True),
        ("pol tent", False),  # only the last word may be a beginning
        ("poles tent", True),
        ('"without poles"', True),
        ('"poles without"', False),
        ('"tent arrived" without', True),
        ('tent "arrived without', True),  # quotes that do not close are none
        ("tent stove", False),
        ("ent", False),
        ("@tent", True),
        ("tent -poles or !without", True),  # no operators yet: signs around words say nothing
    ],
)
def test_every_word_must_stand_in_one_message(anna: Seat, typed: str, is_found: bool) -> None:
    case = talk.case(anna.brand, "My tent arrived without poles or pegs")
    talk.says(case, "And the stove?", minute=1)
    assert found(anna, typed) == [case] * is_found


@pytest.mark.parametrize(
    "typed", ["kari_n", "@kari_n", "@KARI", "ari_", "Åse", "ase nord", "nordmann ase", "ordm", "ås", '"Åse"']
)
def test_a_customer_is_found_by_name_and_handle(anna: Seat, typed: str) -> None:
    case = talk.case(anna.brand, "Hello", who="kari_n", name="Åse Nordmann")
    talk.case(anna.brand, "Hello", who="ola", name="Ola Dunk")
    assert found(anna, typed) == [case]
    assert search.search(anna, typed).hits[0].message is None


@pytest.mark.parametrize("typed", ["Ольга", "льг", "ольга юр", "ЮРЬЕВА", "@ольга_ю", "ол"])
def test_a_name_in_cyrillic_is_found_and_no_other_alphabets(anna: Seat, typed: str) -> None:
    case = talk.case(anna.brand, "Hello", who="ольга_ю", name="Ольга Юрьева")
    talk.case(anna.brand, "Hello", who="ol2ga_4", name="Ol2ga 4r2eva")  # the same letters in the index
    assert found(anna, typed) == [case]


@pytest.mark.parametrize("typed", ["bo", "@bo", "李", "x_y", "5%o"])
def test_short_and_strange_names_are_found_at_the_beginning_of_a_word(anna: Seat, typed: str) -> None:
    case = talk.case(anna.brand, "Hello", who="Bo", name="李 X_Y 5%off")
    talk.case(anna.brand, "Hello", who="abolute", name="xay 500off")
    assert found(anna, typed) == [case]


def test_the_brands_own_names_find_nothing(anna: Seat) -> None:
    talk.answer(talk.case(anna.brand, "Hello"), "Good morning")
    assert found(anna, "itself") == []


def test_answers_and_imports_are_found_and_a_bystander_has_no_case(anna: Seat) -> None:
    case = talk.case(anna.brand, "Where is it?")
    talk.answer(case, "Tracking says Drammen", minute=3)
    imported = talk.case(anna.brand, "Stuck in Drammen", who="ola", minute=2, live=False)
    talk.says(case, "Drammen is nice", by=talk.author(anna.brand, "per"), minute=9)
    assert found(anna, "drammen") == [case, imported]


def test_nothing_of_another_brand_is_ever_found(anna: Seat, stranger: Seat) -> None:
    case = talk.case(anna.brand, "My secret parcel", who="kari", name="Kari Nordmann")
    for typed in ("secret", '"secret parcel"', "kari", "nordmann", "@kari", "secr"):
        assert found(anna, typed) == [case]
        assert found(stranger, typed) == []
    assert lookup.marked(stranger.brand.pk, "'secret'", [Message.objects.get().pk]) == {}


def test_one_row_a_case_newest_match_first_with_the_words_marked(anna: Seat) -> None:
    first = talk.case(anna.brand, "A tent", minute=1)
    second = talk.case(anna.brand, "A tent", who="ola", minute=2)
    newest = talk.says(first, f"{OPEN}Still no tent, the <b>tents</b>{SHUT} are late", minute=5, language="en")
    talk.says(second, "Thank you", minute=9)
    hits = search.search(anna, "tent").hits
    assert [hit.case for hit in hits] == [first, second]
    assert (hits[0].message, hits[0].at) == (newest, newest.at)
    assert hits[0].marked == f"Still no {OPEN}tent{SHUT}, the <b>{OPEN}tents{SHUT}</b> are late"


HOSTILE = [
    "", " ", "\x00", "\x00tent", "!!!", "'", '"', '""', '"""', "\\", "\\'", "%", "_", "%%", "___", "(", ")))", "&", "|", "!", "<->", ":*",
    "a:*", "a & !b", "'a':*", "'; DROP TABLE inbox_message; --", "%s %(brand)s {about}", "🙂", "＼", "％", "-", "- -", "or", "or or", "not",
    "\ud800", "\u202e", "\u200b", "x" * 10_000, "x " * 5_000, "'" * 10_000, '"a" ' * 3_000, "a" * 3_000 + ":*", "\U000e0041", "ﷺ" * 200,
    OPEN, "the", "а и", "http://x.no/" + "a/" * 90, "a@b.no", "1e400", "0x" + "f" * 150,
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_is_typed_is_an_error(anna: Seat, typed: str) -> None:
    talk.case(anna.brand, "My tent", name="Kari")
    result = search.search(anna, typed, typed)
    assert len(result.hits) <= 1
    assert result.next_place == ""


@pytest.mark.parametrize("typed", ["", " ", "!!!", "_", '""', "\x00"])
def test_without_a_word_there_is_nothing_to_look_for(anna: Seat, typed: str) -> None:
    assert search.search(anna, typed) == Found([], words=False)


WORDS = {
    "many": " ".join(f"w{number}" for number in range(400_000)),
    "one": "x" * 3_000_000,
    "joined": "-".join("abcdefghij" * 5_000),
    "paths": "http://a.no/" + "b/" * 50_000,
    "wide": "𝕏 " * 30_000,
    "signs": "\u0301" * 50_000,
}


@pytest.mark.parametrize("kind", WORDS)
def test_a_message_of_any_length_is_stored_and_its_beginning_is_found(anna: Seat, kind: str) -> None:
    case = talk.case(anna.brand, "tent " + WORDS[kind])
    assert found(anna, "tent") == [case]


WAYS: dict[str, dict[str, int]] = {
    "newest": {"NEWEST": 15},
    "all of a small desk": {},
    "gathered": {"NEWEST": 2},
    "ordered": {"NEWEST": 2, "CAP": 12},
    "one after the other": {"NEWEST": 6, "CAP": 15},
}


@pytest.mark.parametrize("way", WAYS)
def test_pages_show_each_case_once_in_order_whichever_way_they_come(
    anna: Seat, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    for name, value in WAYS[way].items():
        monkeypatch.setattr(lookup, name, value)
    monkeypatch.setattr(search, "PAGE", 4)
    newest: dict[int, tuple[Any, int]] = {}
    for number in range(11):
        case = talk.case(anna.brand, "a tent", who=f"k{number}", minute=number)
        # Words again after all the others, in pairs at one time: a later page must not show the older ones.
        last = talk.says(case, "the tent", minute=100 - number // 2)
        newest[case.pk] = (last.at, case.pk)
    seen, place = [], ""
    for _ in range(11):
        page = search.search(anna, "tent", place)
        seen += [(hit.at, hit.case.pk) for hit in page.hits]
        place = page.next_place
        if not place:
            break
    assert seen == sorted(newest.values(), reverse=True)


def test_a_case_found_by_name_and_by_words_stands_once(anna: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    cases = [talk.case(anna.brand, "my tent", who=f"tent{number}", minute=number) for number in range(5)]
    talk.says(cases[0], "thank you", minute=50)
    seen, place = [], ""
    for _ in range(4):
        page = search.search(anna, "tent", place)
        seen += [hit.case for hit in page.hits]
        place = page.next_place
        if not place:
            break
    assert seen == [cases[0], *reversed(cases[1:])]


def test_the_count_says_when_it_is_not_all(anna: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        talk.case(anna.brand, "my tent", who=f"k{number}", name="Kari", minute=number)
    monkeypatch.setattr(search, "PAGE", 2)
    page = search.search(anna, "tent")
    assert (page.cases, page.more) == (6, False)
    monkeypatch.setattr(lookup, "NEWEST", 4)
    page = search.search(anna, "tent")
    assert (page.cases, page.more) == (4, True)
    monkeypatch.setattr(lookup, "NAMES", 3)
    page = search.search(anna, "kari")
    assert (page.cases, page.more) == (3, True)


def _fill(rows: int) -> None:
    """More messages and authors, of other words: what the planner thinks of two rows says nothing."""
    message, author = Message.objects.all()[0], Author.objects.all()[0]

    def copy(row: Any, number: int, **words: str) -> Any:
        values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        return type(row)(**(values | words | {"id": None, "external_id": f"more {number}"}))

    Message.objects.bulk_create(copy(message, number, text=f"stove {number}") for number in range(rows))
    Author.objects.bulk_create(copy(author, number, name=f"per {number}") for number in range(rows))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inbox_message, inbox_author")


@contextmanager
def _statements() -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def test_every_statement_names_the_brand_and_reads_an_index(anna: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.case(anna.brand, "my tent", name="Kari")
    talk.case(anna.brand, "my tent", name="Kari", who="ola")
    _fill(3_000)
    monkeypatch.setattr(lookup, "NEWEST", 10)
    with _statements() as gathered:
        search.search(anna, "tent", "2027-01-01T00:00:00Z~1")
    monkeypatch.setattr(lookup, "CAP", 1)
    with _statements() as ordered:
        search.search(anna, "tent")
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, params in gathered + ordered:
            if "FROM inbox_message" in sql:
                assert params["brand"] == anna.brand.pk
                cursor.execute(f"EXPLAIN {sql}", params)
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
    text = "\n".join(plans)
    assert not re.search("Seq Scan on (inbox|cases|customers)", text), text
    for index in ("message_words", "message_counts", "author_called"):
        assert index in text


@pytest.mark.parametrize("alphabet", ["абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "æøå", "ăâîșț", "áäčďéíĺľňóôŕšťúýž"])
def test_the_index_of_names_knows_each_letter_of_our_languages(db: None, alphabet: str) -> None:
    """What it takes for no letter it cannot look for: such a name would be looked for in every author."""
    asked = "SELECT show_trgm(desk_letters(lower(letter))), show_trgm(desk_letters(upper(letter)))"
    with connection.cursor() as cursor:
        cursor.execute(f"{asked} FROM unnest(%s::text[]) AS letter", [[letter * 3 for letter in alphabet]])
        known = cursor.fetchall()
    assert [letter for letter, (small, _) in zip(alphabet, known, strict=True) if not small] == []
    assert all(small == capital for small, capital in known)


def test_a_message_that_is_read_does_not_bring_its_words_along(anna: Seat) -> None:
    talk.case(anna.brand, "my tent")
    with _statements() as seen:
        Message.objects.get()
    assert "words" not in seen[0][0]
