"""Measures straight from a file: read, cut to the brand's share, waits derived, measured; no database of ours."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import ibis

from answerable.cases.waits_sets import DEEDS, waits
from answerable.channels.archive.share import Share, cut, last_event
from answerable.channels.archive.source import Progress
from answerable.channels.archive.staging import Stage
from answerable.core.frames import DuckDB, Engine, moment
from answerable.inbox.standing_sets import MESSAGES, standing
from answerable.insights.figures import Report, Scope
from answerable.insights.measures import measure


@contextmanager
def staged(
    path: Path, key: str, mapping: Mapping[str, str], network: str, progress: Progress, *, full: bool = False
) -> Iterator[Stage]:
    """The file read into typed rows, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="answerable-stage-") as folder:
        stage = Stage(Path(folder))
        try:
            stage.read(path, key, mapping, network, progress, full=full)
            yield stage
        finally:
            stage.close()


def engine(stage: Stage, accounts: Sequence[str]) -> tuple[Engine, Share]:
    """The brand's share of a staged file, ready to be measured. NoSuchAccount as share.cut."""
    share = cut(stage, accounts)
    bench = DuckDB(stage.db)
    placed = standing(bench, ibis.table(MESSAGES, name="share"))
    waits(bench, placed, ibis.table(DEEDS, name="deeds"))
    stage.run("""CREATE VIEW waits AS SELECT s.network, s.account, s.language, w.started_us, w.us, w.outcome, w.first,
        w.negative FROM waits_found w JOIN share s ON s.line = w.opener""")
    stage.run("CREATE VIEW messages AS SELECT network, account, language, at_us, ours AS outbound FROM share")
    return bench, share


def report(stage: Stage, source: Engine, scope: Scope, by: str | None) -> Report:
    """as_of: the last event of the share."""
    last = last_event(stage)
    rows = measure(source, scope, by) if by else {}
    return Report(None if last is None else moment(last), scope, measure(source, scope)[None], by, rows)
