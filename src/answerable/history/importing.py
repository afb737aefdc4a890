"""A file into a brand's desk: read, cut to the brand's share, waits derived, written. Wakes nobody unless asked to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import ibis
from django.db import transaction

from answerable.cases.waits_sets import DEEDS, placed, waits
from answerable.channels.archive import tables
from answerable.channels.archive.record import ARCHIVE
from answerable.channels.archive.share import Share, cut, last_event
from answerable.channels.archive.source import UnreadableFile
from answerable.channels.archive.staging import Stage, size_of
from answerable.channels.models import Account
from answerable.core import clock, live
from answerable.core.actors import OPERATOR
from answerable.core.frames import DuckDB, moment
from answerable.core.ledger import Kind, record
from answerable.history.loading import Loader
from answerable.history.models import Import
from answerable.inbox.own import recognise
from answerable.inbox.standing_sets import MESSAGES, standing
from answerable.people.models import Brand

RAN = Kind("import.run", {"messages": int, "cases": int})


class OtherBrands(Exception):
    """The account belongs to another brand of this desk."""


class Progress(Protocol):
    """Whoever shows how far it is. what: what is counted."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. mapping: column → field, for CSV. refused: where refused rows go."""

    path: Path
    accounts: Sequence[str]
    format: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    network: str = ""
    live: bool = False
    refused: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. counts: messages new, known, merged; cases, waits. refused: reason → rows."""

    share: Share
    counts: Counter[str]
    refused: dict[str, int]
    refused_file: Path | None


def run(brand: Brand, request: Request, folder: Path, progress: Progress) -> Outcome:
    """Imports a file; may be run again at any time. folder: an empty place for what is computed.

    UnreadableFile, NoSuchAccount, OtherBrands: refused before anything has changed.
    """
    stage = Stage(folder)
    try:
        share = _read(stage, request, progress)
        return _write(brand, stage, share, request, progress)
    finally:
        stage.close()


def _read(stage: Stage, request: Request, progress: Progress) -> Share:
    key = request.format or tables.guess(request.path)
    network = request.network or tables.FORMATS[key].network
    size = size_of(request.path)
    stage.read(request.path, key, request.mapping, network, lambda done: progress("bytes read", done, size))
    if not stage.rows("SELECT count(*) FROM records")[0][0]:
        raise UnreadableFile(_nothing(stage, request.path))
    share = cut(stage, request.accounts)
    if not share.messages:
        raise UnreadableFile(f"in {request.path.name}, {' and '.join(request.accounts)} wrote nothing and is not named")
    return share


def _nothing(stage: Stage, path: Path) -> str:
    first = stage.rows("SELECT line, reason FROM refused ORDER BY line LIMIT 1")
    if not first:
        return f"{path.name} holds no message"
    return f"no row of {path.name} can be read; the first, line {first[0][0]}: {first[0][1]}"


def derive(stage: Stage) -> None:
    """The standing of the share's messages, their waits, and which case each act belongs to: tables of the stage."""
    bench = DuckDB(stage.db)
    deeds = ibis.table(DEEDS, name="deeds")
    found = waits(bench, standing(bench, ibis.table(MESSAGES, name="share")), deeds)
    placed(bench, found, deeds)
    stage.run("""INSERT INTO refused SELECT a.line, 'nobody waited there', a.thread_id FROM acts a JOIN deeds USING (line)
        WHERE line NOT IN (SELECT line FROM deeds_placed)""")


def _write(brand: Brand, stage: Stage, share: Share, request: Request, progress: Progress) -> Outcome:
    derive(stage)
    last = last_event(stage)
    assert last is not None  # the share holds a message
    with transaction.atomic():
        accounts = _accounts(brand, share)
        run_row = Import.objects.create(
            brand=brand,
            file_name=request.path.name[:255],
            format=request.format or tables.guess(request.path),
            live=request.live,
            started_at=clock.now(),
            last_event_at=moment(last),
        )
    loader = Loader(brand, stage, accounts, live=request.live)
    counts = loader.run(lambda done: progress("messages stored", done, share.messages))
    refused = dict(stage.rows("SELECT reason, count(*) FROM refused GROUP BY reason ORDER BY 2 DESC, 1"))
    outcome = Outcome(share, counts, refused, _side_file(stage, request))
    _finish(brand, run_row, outcome)
    return outcome


def _accounts(brand: Brand, share: Share) -> list[Account]:
    """The brand's accounts of the share, in its order; made where they are not there yet."""
    accounts = []
    for own in share.own:
        account, made = Account.objects.get_or_create(
            network=own.network,
            external_id=own.id,
            defaults={"brand": brand, "channel": ARCHIVE, "handle": own.handle, "name": own.name},
        )
        if account.brand_id != brand.pk:
            raise OtherBrands(f"{own.handle} on {own.network} belongs to another brand of this desk")
        if made:
            recognise(account.pk)
        accounts.append(account)
    return accounts


def _side_file(stage: Stage, request: Request) -> Path | None:
    """Every refused row with its line and reason; none is written when there are none."""
    if not stage.rows("SELECT count(*) FROM refused")[0][0]:
        return None
    path = request.refused or request.path.with_name(request.path.name + ".refused.jsonl")
    cursor = stage.run("SELECT line, reason, row FROM refused ORDER BY line")
    with path.open("w", encoding="utf-8") as file:
        while rows := cursor.fetchmany(1000):
            for line, reason, row in rows:
                told: dict[str, Any] = {"line": line, "reason": reason, "row": row}
                file.write(json.dumps(told, ensure_ascii=False) + "\n")
    return path


def _finish(brand: Brand, row: Import, outcome: Outcome) -> None:
    counts = {name: outcome.counts[name] for name in ("new", "known", "merged", "cases_case", "cases_wait")}
    told = {"messages": counts["new"] + counts["merged"], "cases": counts["cases_case"]}
    with transaction.atomic():
        row.finished_at, row.counts = clock.now(), counts | {"refused": sum(outcome.refused.values())}
        row.save(update_fields=["finished_at", "counts"])
        record(RAN, brand_id=brand.pk, subject_id=row.pk, actor=OPERATOR, data=told)
        if row.live:
            live.tell(brand.pk, "case", 0)
