"""The life of a draft and of a delivery."""

from __future__ import annotations

from answerable.core.actors import ActorKind
from answerable.core.transitions import PERSON, Graph, Move

MACHINE = frozenset({ActorKind.NETWORK, ActorKind.CLOCK})
EITHER = MACHINE | PERSON

DRAFT = Graph(
    "draft",
    initial="writing",
    final=("discarded",),
    moves=[
        Move("release", ("writing",), "released", by=PERSON, data={"delivery": int}),
        # Recalled, or not sent for good: the words are the agent's again.
        Move("return", ("released",), "writing", by=EITHER),
        Move("discard", ("writing",), "discarded", by=PERSON),
    ],
)

# leased: a worker has it and nothing has left the house. sending: bytes may be on the wire.
DELIVERY = Graph(
    "delivery",
    initial="queued",
    final=("delivered", "refused", "failed", "recalled"),
    moves=[
        Move("lease", ("queued",), "leased", by=MACHINE, data={"tries": int}),
        Move("free", ("leased",), "queued", by=MACHINE),  # the worker died before it sent anything
        Move("send", ("leased",), "sending", by=MACHINE),
        Move("deliver", ("sending", "unknown"), "delivered", by=EITHER, data={"message": int}),
        Move("put_off", ("leased", "sending"), "queued", by=MACHINE, data={"symbol": str}),
        Move("refuse", ("leased", "sending"), "refused", by=MACHINE, data={"symbol": str}),
        Move("fail", ("leased", "sending"), "failed", by=MACHINE, data={"symbol": str}),
        Move("lose_sight", ("sending",), "unknown", by=MACHINE, data={"symbol": str}),
        # Looked for on the network, certainly not there, and this network makes a second attempt safe.
        Move("again", ("unknown",), "queued", by=MACHINE),
        Move("declare_failed", ("unknown",), "failed", by=PERSON),  # a person looked: it is not there
        Move("recall", ("queued",), "recalled", by=PERSON),
    ],
)
