"""The rules of the house that the source itself can be asked about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "answerable"
FILES = [path for path in sorted(SRC.rglob("*.py")) if "migrations" not in path.parts]

# Who may move a state: the gate, and only it.
GATE = SRC / "core" / "transitions.py"
# Who may read the clock of the machine.
CLOCK = SRC / "core" / "clock.py"


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


def writes_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        keywords = {keyword.arg for keyword in node.keywords}
        return node.func.attr in {"update", "create", "get_or_create"} and "state" in keywords
    return False


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_only_the_gate_writes_a_state(path: Path) -> None:
    if path == GATE or "channels/bluesky" in str(path) or "channels/console" in str(path):
        return
    found = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if writes_state(node)]
    assert not found, [f"{path.name}:{getattr(node, 'lineno', 0)}" for node in found]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_only_core_clock_reads_the_time_and_sleeps(path: Path) -> None:
    if path == CLOCK:
        return
    banned = {"datetime.now", "datetime.utcnow", "timezone.now", "time.sleep", "date.today", "datetime.datetime.now"}
    found = [f"{path.name}:{call.lineno}" for call in calls(path) if name_of(call) in banned]
    assert not found
    assert not re.search(r"\bNow\(\)|CURRENT_TIMESTAMP|[^_.\w]now\(\)::", path.read_text(encoding="utf-8"))


def test_no_network_is_asked_for_by_name_outside_its_folder() -> None:
    networks = {"bluesky", "console", "chirp", "plaza", "meadow", "courier", "starboard"}
    found = []
    for path in FILES:
        if "channels" in path.parts and path.parent != SRC / "channels":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                if any(isinstance(side, ast.Constant) and side.value in networks for side in sides):
                    found.append(f"{path.relative_to(SRC)}:{node.lineno}")
    # The demo's part of the composition root starts the console network: it has to know the command's name.
    assert [place for place in found if not place.startswith("app/")] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_every_module_begins_alike(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"
    assert "from __future__ import annotations" in text or not text.partition('"""\n')[2].strip()


def test_a_rooms_first_words_say_what_it_owns_reads_and_never_does() -> None:
    for room in rooms():
        words = ast.get_docstring(ast.parse((SRC / room / "__init__.py").read_text(encoding="utf-8"))) or ""
        lines = [line for line in words.splitlines() if line.strip()]
        assert [line.split(":")[0] for line in lines] == ["I own", "I read", "I never"], room


def rooms() -> list[str]:
    return sorted(path.parent.name for path in SRC.glob("*/__init__.py"))


def test_every_room_has_its_page_and_points_to_it() -> None:
    pages = {path.stem for path in (SRC.parents[1] / "docs" / "rooms").glob("*.md")}
    assert set(rooms()) <= pages
    architecture = (SRC.parents[1] / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert [room for room in rooms() if f"docs/rooms/{room}.md" not in architecture] == []


def test_every_setting_and_command_is_in_the_operators_guide() -> None:
    from answerable.app.commands import COMMANDS
    from answerable.config.env import Env

    guide = (SRC.parents[1] / "docs" / "guides" / "operator.md").read_text(encoding="utf-8")
    settings = [
        str(field.validation_alias) if field.validation_alias else f"ANSWERABLE_{name.upper()}"
        for name, field in Env.model_fields.items()
    ]
    assert [name for name in settings if name not in guide] == []
    assert [command.NAME for command in COMMANDS if f"answerable {command.NAME}" not in guide] == []


def test_every_relative_link_in_the_documents_leads_somewhere() -> None:
    root = SRC.parents[1]
    broken = []
    for page in [*root.glob("*.md"), *(root / "docs").rglob("*.md")]:
        targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        here = [target for target in targets if not re.match(r"[a-z]+:", target)]
        broken += [f"{page.relative_to(root)} → {target}" for target in here if not (page.parent / target).exists()]
    assert broken == []


def test_every_place_in_the_code_that_names_a_page_names_one_that_is_there() -> None:
    root, missing = SRC.parents[1], []
    for path in FILES:
        named = re.findall(r"docs/[\w/.-]+\.md", path.read_text(encoding="utf-8"))
        missing += [f"{path.relative_to(SRC)} → {page}" for page in named if not (root / page).exists()]
    assert missing == []
