"""The search field over the list, through the front door."""

from __future__ import annotations

import re
from html import unescape

import pytest

from answerable.web.shown.found import BEFORE, EXCERPT, excerpt
from tests import talk
from tests.cases.test_search import HOSTILE
from tests.people import Team
from tests.web.front_door import HTMX, faults, signed_in, to

FROM_THE_FIELD = HTMX | {"HTTP_HX_TRIGGER": "search"}


def _rows(text: str) -> list[str]:
    return re.findall(r'data-row="(\d+)"', text)


def _words(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_what_is_found_stands_in_the_list_with_its_words_marked(team: Team) -> None:
    case = talk.case(team.brand, "Hvor er pakkene mine?", name="Kari Nordmann", language="nb", live=False)
    talk.case(team.brand, "Noe annet", who="ola")
    for name in ("desk", "queue"):
        answer = signed_in(team.vera).get(to(name), {"q": " pakke ", "tab": "closed"})
        assert answer.status_code == 200
        assert _rows(answer.text) == [str(case.pk)]
        assert "Hvor er <mark>pakkene</mark> mine?" in answer.text
        assert "1 case newest first Clear search" in _words(answer.text)
        assert "Imported" in answer.text
        assert f'href="{to("case", case.pk)}?tab=closed&amp;q=pakke"' in answer.text
        assert faults(answer) == []


def test_a_case_opened_from_a_search_keeps_it_beside_itself(team: Team) -> None:
    case = talk.case(team.brand, "My tent")
    other = talk.case(team.brand, "My tent", who="ola")
    text = signed_in(team.anna).get(to("case", case.pk), {"q": "tent"}).text
    assert _rows(text) == [str(other.pk), str(case.pk)]
    assert 'name="q" value="tent"' in text


def test_live_updates_ask_for_the_same_search_again(team: Team) -> None:
    talk.case(team.brand, "My tent & pegs")
    text = signed_in(team.anna).get(to("queue"), {"q": 'tent & "pegs'}, **HTMX).text
    found = re.search(r'id="list"[^>]*hx-get="([^"]+)"', text)
    assert found
    assert unescape(found[1]) == f"{to('queue')}?tab=needs&q=tent+%26+%22pegs"
    assert _rows(signed_in(team.anna).get(unescape(found[1]), **HTMX).text) == _rows(text) != []


def test_the_address_follows_what_is_typed(team: Team) -> None:
    case = talk.case(team.brand, "My tent")
    where = f"http://testserver{to('case', case.pk)}?tab=mine"
    given = {"q": "my tent", "tab": "mine"}
    answer = signed_in(team.anna).get(to("queue"), given, **FROM_THE_FIELD, HTTP_HX_CURRENT_URL=where)
    assert answer["HX-Replace-Url"] == f"{to('case', case.pk)}?tab=mine&q=my+tent"
    answer = signed_in(team.anna).get(to("queue"), {"q": ""}, **FROM_THE_FIELD, HTTP_HX_CURRENT_URL=where)
    assert answer["HX-Replace-Url"] == f"{to('case', case.pk)}?tab=needs"
    for foreign in ("http://evil.test/b/fjellro/", "javascript:alert(1)", "http://[", ""):
        answer = signed_in(team.anna).get(to("queue"), given, **FROM_THE_FIELD, HTTP_HX_CURRENT_URL=foreign)
        assert "HX-Replace-Url" not in answer
    assert "HX-Replace-Url" not in signed_in(team.anna).get(to("queue"), given, **HTMX, HTTP_HX_CURRENT_URL=where)


def test_a_strangers_words_are_never_found_from_another_brand(team: Team) -> None:
    case = talk.case(team.brand, "My secret parcel", who="kari_n", name="Kari Nordmann")
    ours, theirs = signed_in(team.anna), signed_in(team.stranger)
    for typed in ("secret", "kari", "@kari_n", '"secret parcel"'):
        assert _rows(ours.get(to("queue"), {"q": typed}).text) == [str(case.pk)]
        assert theirs.get(to("queue"), {"q": typed}).status_code == 404
        answer = theirs.get(to("desk", brand="havgap"), {"q": typed})
        assert _rows(answer.text) == []
        assert "Nothing found" in answer.text
        assert "Nordmann" not in answer.text


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_is_typed_is_an_error_or_becomes_a_tag(team: Team, typed: str) -> None:
    talk.case(team.brand, "My tent")
    answer = signed_in(team.anna).get(to("desk"), {"q": typed.encode("utf-8", "replace").decode(), "after": "\x00"})
    assert answer.status_code == 200
    assert faults(answer) == []


def test_customers_words_stay_words(team: Team) -> None:
    attack = '<img src=x onerror=alert(1)> <script>tent</script> "tent" <mark onclick=x> \u202etent &amp; \ue000tent'
    case = talk.case(team.brand, attack, who="<b>kari", name='"><script>alert(1)</script>')
    for typed in ("tent", '"tent', "<script>", "onerror", "<b>kari"):
        answer = signed_in(team.anna).get(to("desk"), {"q": typed})
        assert _rows(answer.text) == [str(case.pk)]
        assert faults(answer) == []
        assert not re.search(r"<(img|script>|b>|mark )", answer.text)
    assert answer.text.count("<mark>") == answer.text.count("</mark>")


def test_a_page_further_down(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("answerable.cases.search.PAGE", 2)
    cases = [talk.case(team.brand, "my tent", who=f"k{number}", minute=number) for number in range(3)]
    client = signed_in(team.anna)
    first = client.get(to("desk"), {"q": "tent"}).text
    assert _rows(first) == [str(cases[2].pk), str(cases[1].pk)]
    further = re.search(r'href="([^"]+)">Further down', first)
    assert further
    second = client.get(unescape(further[1])).text
    assert _rows(second) == [str(cases[0].pk)]
    assert "Back to the top" in second
    assert "after=" in second[second.index('id="list"') :][:300]


def test_a_customer_found_by_handle_shows_it(team: Team) -> None:
    talk.case(team.brand, "Good morning", who="kari_n", name="Kari Nordmann")
    words = _words(signed_in(team.anna).get(to("queue"), {"q": "@kari"}).text)
    assert "Kari Nordmann @kari_n" in words
    assert "Good morning" in words


def test_empty_handed(team: Team) -> None:
    client = signed_in(team.anna)
    assert "Nothing found" in client.get(to("queue"), {"q": "tent"}).text
    assert "No word to look for" in client.get(to("queue"), {"q": "!!!"}).text
    assert "Needs answer" in client.get(to("queue"), {"q": "  "}).text


def test_a_page_of_finds_asks_a_bounded_number_of_times(team: Team, django_assert_max_num_queries: object) -> None:
    client = signed_in(team.anna)
    for number in range(20):
        talk.case(team.brand, "my tent", who=f"k{number}")
        talk.case(team.brand, "hello", who=f"tent{number}")
    with django_assert_max_num_queries(24):  # type: ignore[operator]  # pytest-django's fixture, untyped
        assert len(_rows(client.get(to("queue"), {"q": "tent"}).text)) == 40


def test_an_excerpt_begins_shortly_before_what_was_found() -> None:
    long = "word " * 100
    cut = excerpt(f"{long}\ue000tent\ue001 {long}")
    assert re.fullmatch(r"… (word )+<mark>tent</mark>( word)+( w?o?r?)?…", cut)
    assert BEFORE <= cut.index("<mark>") < 2 * BEFORE
    assert len(cut) < EXCERPT + 20
    assert excerpt("a\n\ue000b\ue001  <c>") == "a <mark>b</mark> &lt;c&gt;"
    assert excerpt("") == ""
    assert excerpt(f"{'x' * 500}\ue000tent\ue001").startswith("… xxx")
    assert excerpt(f"\ue000{'x' * 500}\ue001").count("mark") == 2
