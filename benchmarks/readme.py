"""Writes the last results into README.md, between its marks: of each benchmark the full size if there is one, else the quick.

python -m benchmarks.readme
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.results import FOLDER, shown, table

PAGE = Path(__file__).parent / "README.md"
SIZES = ("full", "quick")


def write(folder: Path = FOLDER) -> None:
    """Each `<!-- NAME -->` … `<!-- end -->` gets the table of results/NAME-SIZE.json."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        re.sub(r"<!-- (\w+) -->\n.*?<!-- end -->", lambda at: _part(folder, at), page, flags=re.DOTALL),
        encoding="utf-8",
    )


def _part(folder: Path, at: re.Match[str]) -> str:
    found = [path for size in SIZES if (path := folder / f"{at[1]}-{size}.json").exists()]
    if not found:
        return at[0]
    told: dict[str, Any] = json.loads(found[0].read_text(encoding="utf-8"))
    machine = told["machine"]
    words = f"{told['at'][:10]}, size {told['size']}, version {machine['version']}, {machine['cores']} cores ({machine['processor']}), "
    words += f"{machine['memory_gb']} GB, Python {machine['python']}, load at the end {machine['busy']}"
    aims = [
        f"- {'met' if aim['got'] <= aim['limit'] else '**missed**'}: {aim['what']}: {shown(aim['got'])} of "
        f"{shown(aim['limit'])} {aim['unit']}"
        for aim in told["aims"]
    ]
    return "\n".join([f"<!-- {at[1]} -->", f"*{words}*", "", table(told["rows"]), "", *aims, "<!-- end -->"])


if __name__ == "__main__":
    write()
