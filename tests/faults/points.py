"""Every crash point of the product, read from its source: a new one cannot be forgotten."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "answerable"


def names() -> list[str]:
    """The names given to crash.point(), sorted; each must be a plain text, and stand in one place only."""
    found: list[str] = []
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "crash.point(" in text:
            found += [_name(path, node) for node in ast.walk(ast.parse(text)) if _is_point(node)]
    twice = {name for name in found if found.count(name) > 1}
    assert not twice, f"a crash point's name says where it is, so it stands once: {sorted(twice)}"
    return sorted(found)


def _is_point(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "point"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "crash"
    )


def _name(path: Path, node: ast.AST) -> str:
    assert isinstance(node, ast.Call)
    (name,) = node.args
    assert isinstance(name, ast.Constant), f"{path}:{node.lineno}: a crash point's name is a plain text"
    return str(name.value)
