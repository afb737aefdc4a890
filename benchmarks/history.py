"""A history that nobody lived: conversations of a brand on two networks in five languages, as JSONL, in order of time.

The same seed gives the same bytes. Of what is written about half is by customers; a fifth of the conversations is private;
a few messages were edited or deleted; some conversations never got an answer.

    python -m benchmarks.history 100000 history.jsonl
"""

from __future__ import annotations

import heapq
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HANDLE = "fjordline"
NETWORKS = ("perch", "square")
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
LASTS = timedelta(days=730)
# How many messages a conversation has, and how often.
LENGTHS, WEIGHTS = (1, 2, 3, 4, 5, 6), (16, 34, 18, 17, 8, 7)

WORDS = {
    "en": "the my order is not here yet where parcel please help why delivery late refund still waiting number thanks you "
    "sent broken again jacket size wrong shop today could check when arrive money back week answer nobody email ferry "
    "ticket cabin seat cancelled paid twice account login app error card invoice address change",
    "nb": "pakken min har ikke kommet hvor er den hei kan dere hjelpe bestilling når blir levert penger tilbake fortsatt "
    "venter takk feil størrelse jakke ødelagt igjen kundeservice ingen svarer billett ferge lugar avlyst betalt to ganger "
    "konto innlogging faktura adresse endre uke dag bra",
    "ru": "где мой заказ не пришёл почему доставка опять деньги вернуть помогите пожалуйста жду неделю номер спасибо "
    "куртка размер неправильный сломан никто отвечает билет паром каюта отменили заплатил дважды аккаунт вход ошибка "
    "счёт адрес изменить когда будет",
    "ro": "unde este comanda mea nu a ajuns încă de ce livrarea întârzie banii înapoi vă rog ajutor aștept săptămână număr "
    "mulțumesc geacă mărime greșită stricat nimeni răspunde bilet feribot cabină anulat plătit două ori cont eroare "
    "factură adresă schimbare când vine",
    "sk": "kde je moja objednávka neprišla prečo doručenie mešká peniaze späť prosím pomoc čakám týždeň číslo ďakujem bunda "
    "veľkosť zlá pokazené nikto neodpovedá lístok trajekt kajuta zrušený zaplatené dvakrát účet chyba faktúra adresa "
    "zmena kedy príde",
}
LANGUAGES = tuple(WORDS)
FIRST = "Nina Kari Ola Per Anna Ivan Olga Mihai Ioana Jana Peter Emma Liam Sofia Lukas Elena Andrei Zuzana Marek Ingrid"
LAST = (
    "Berg Hansen Moen Dahl Petrov Ivanova Popescu Ionescu Novak Kovac Smith Jones Brown Lie Vik Horvat Stan Rusu Lund"
)
SYLLABLES = [
    "ba",
    "de",
    "fi",
    "ko",
    "lu",
    "ma",
    "ne",
    "po",
    "ra",
    "si",
    "tu",
    "va",
    "zo",
    "gri",
    "plo",
    "ste",
    "kra",
    "vel",
    "nor",
    "mis",
    "tan",
    "del",
]
PHRASES = 3000  # a language


@dataclass
class Talk:
    """One conversation to be: its customer, what was last said, how much is still to be said."""

    network: str
    root: str
    language: str
    customer: dict[str, Any]
    private: bool
    left: int
    last: str = ""
    is_ours: bool = False


def phrases(rng: random.Random, language: str) -> list[str]:
    """Pieces of sentences. Words are as unevenly common as in speech, with a long tail of rare ones."""
    rare = ["".join(rng.choices(SYLLABLES, k=3)) for _ in range(2000)]
    words = WORDS[language].split() + rare
    weights = [1 / place for place in range(1, len(words) + 1)]
    return [" ".join(rng.choices(words, weights, k=rng.randint(3, 9))) for _ in range(PHRASES)]


class Generator:
    """Records of a history, oldest first."""

    def __init__(self, seed: int = 1) -> None:
        self.rng = random.Random(seed)  # noqa: S311 -- the same history each time is what is wanted
        self.phrases = {language: phrases(self.rng, language) for language in LANGUAGES}
        self.names = [f"{first} {last}" for first in FIRST.split() for last in LAST.split()]
        self.serial = 0

    def records(self, messages: int) -> Iterator[dict[str, Any]]:
        """Two accounts and this many messages."""
        for network in NETWORKS:
            yield {
                "type": "account",
                "network": network,
                "id": f"{network}-brand",
                "handle": HANDLE,
                "name": "Fjordline",
            }
        step = LASTS / max(1, messages)
        coming: list[tuple[datetime, int, Talk]] = []
        begins, people = BEGIN, max(2, messages // 5)
        for _ in range(messages):
            if not coming or coming[0][0] > begins:
                talk = self._talk(people)
                heapq.heappush(coming, (begins, self.serial, talk))
                begins += step * self.rng.uniform(1.5, 4)  # about 2.7 messages a conversation
            at, _, talk = heapq.heappop(coming)
            yield self._say(talk, at)
            if talk.left:
                heapq.heappush(coming, (at + self._pause(), self.serial, talk))

    def _talk(self, people: int) -> Talk:
        rng, person = self.rng, self.rng.randrange(people)
        network = NETWORKS[person % 2]
        name = self.names[person % len(self.names)]
        customer = {"id": f"{network}-{person}", "handle": f"{name.split()[0].lower()}{person}", "name": name}
        left = rng.choices(LENGTHS, WEIGHTS)[0]
        # one in twenty is begun by the brand
        return Talk(network, "", LANGUAGES[person % 5], customer, rng.random() < 0.2, left, is_ours=rng.random() > 0.05)

    def _pause(self) -> timedelta:
        return timedelta(seconds=int(self.rng.expovariate(1 / 5400)) + 20)

    def _say(self, talk: Talk, at: datetime) -> dict[str, Any]:
        rng = self.rng
        self.serial += 1
        ident, first = f"{talk.network}-m{self.serial}", not talk.root
        # mostly in turn; now and then the same one writes twice
        talk.is_ours = not talk.is_ours if first or rng.random() < 0.85 else talk.is_ours
        brand = {"id": f"{talk.network}-brand", "handle": HANDLE, "name": "Fjordline"}
        text = ". ".join(rng.choices(self.phrases[talk.language], k=rng.randint(1, 4)))
        if rng.random() < 0.1:
            text += f" no. {rng.randrange(10**7)}"
        record: dict[str, Any] = {"type": "message", "id": ident, "network": talk.network, "language": talk.language}
        record |= {"author": brand if talk.is_ours else talk.customer, "at": _stamp(at)}
        if talk.private:
            record |= {"kind": "direct", "to": [talk.customer["id"] if talk.is_ours else brand["id"]]}
        elif first and not talk.is_ours:
            text = f"@{HANDLE} {text}"
        record["text"] = text
        if talk.last:
            record |= {"parent": talk.last, "thread": talk.root}
        self._change(record, at)
        talk.root, talk.last, talk.left = talk.root or ident, ident, talk.left - 1
        return record

    def _change(self, record: dict[str, Any], at: datetime) -> None:
        """A few messages are edited or taken down later."""
        chance = self.rng.random()
        if chance < 0.005:
            later = _stamp(at + timedelta(minutes=5))
            record |= {"edited_at": later, "revisions": [{"at": record["at"], "text": record["text"][:40]}]}
        elif chance < 0.01:
            record["gone_at"] = _stamp(at + timedelta(days=1))


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def write(path: Path, messages: int, seed: int = 1) -> Path:
    """The history as a file."""
    with path.open("w", encoding="utf-8") as file:
        for record in Generator(seed).records(messages):
            file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    return path


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
