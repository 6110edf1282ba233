"""Pages of an invented site, as rows and as evidence, to learn from."""

from __future__ import annotations

from datetime import date, timedelta

from pipeline.memory.evidence import PageEvidence, evidence_of
from tests.publish.rows import article

PROMPT = "Get the harbour brief every morning"
SIGN_OFF = "The Lantern is printed on paper from the town's own mill"
NOTICE = (
    "This newspaper is owned by its readers, who choose the editor and pay for the paper, the ink and the "
    "boat that takes it to the islands, and who may be members of the board whenever they wish."
)
HEADING = "What happens next"


def prose(number: int, part: str = "") -> str:
    return (
        f"The harbour board met in room {number} on Tuesday and heard from the crew of boat {number}{part}, "
        "who asked for a longer quay and for a light at its end before winter."
    )


def text(number: int, *, head=(), inside=(), tail=()) -> str:
    lines = [*head, prose(number), *inside, prose(number, "b"), prose(number, "c"), *tail]
    return "\n".join(lines)


def row(number: int, **fields):
    lines = {name: fields.pop(name) for name in ("head", "inside", "tail") if name in fields}
    return article(number, **{"text": text(number, **lines)} | fields)


def page(number: int, *, shapes=(), **fields) -> PageEvidence:
    found = evidence_of(row(number, **fields), shapes)
    assert found is not None
    return found


def day(number: int) -> str:
    return (date(2026, 11, 1) + timedelta(days=number)).isoformat()


def slot_name(number: int, hour: int = 9) -> str:
    return f"{day(number).replace('-', '')}T{hour:02d}00Z-0"
