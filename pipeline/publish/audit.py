"""The audit: Great Expectations looks at a slot's rows before anybody else can.

It asks again, by other means, what the row rules promise, and what only a batch can tell. A failed
critical rule blocks the publication; a failed warning is reported. The rules are JSON in
`schemas/suites/`; the full result is kept under `audits/`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

import schemas
from pipeline.errors import BrokenContract, TryLater
from pipeline.model import Reason, Slot
from pipeline.ports import ObjectStore
from pipeline.publish.audit_frames import article_frame, reject_frame

_SUITES: Final = Path(schemas.__file__).parent / "suites"
#: Shares of a handful of rows say nothing.
_ENOUGH_ROWS: Final = 20
_SHARES: Final = {
    "title_share": 0.9,
    "date_share": 0.5,
    "author_share": 0.05,
    "language_share": 0.8,
}
_MOST_REJECTS: Final = 0.7
_NAMED: Final = 10
# COMPLETE lists every row that fails, by id; values are left out, or texts would fill the result.
_RESULT_FORMAT: Final = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": ["article_id"],
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that failed: what it says, what was seen, and the article_ids it failed for."""

    table: str
    rule: str
    severity: str
    doc: str
    observed: str
    rows: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.rows[:_NAMED])
        more = f" and {len(self.rows) - _NAMED} more" if len(self.rows) > _NAMED else ""
        where = f": {named}{more}" if self.rows else ""
        return f"{self.severity}: {self.table}.{self.rule} ({self.doc}; {self.observed}){where}"


def audit(articles: pa.Table, rejects: pa.Table, slot: Slot, store: ObjectStore) -> list[Finding]:
    """Return the warnings; keep the full result as `audits/<slot.id>.json`.

    Raises BrokenContract naming rules and rows if a critical rule failed, TryLater if a rule could
    not be asked.
    """
    parameters = _parameters(articles.num_rows, rejects.num_rows, slot)
    frames = {
        "articles": (articles, article_frame),
        "rejects": (rejects, lambda rows: reject_frame(rows, articles)),
    }
    results = {
        name: _validate(name, frame(rows), parameters)
        for name, (rows, frame) in frames.items()
        if rows.num_rows
    }
    kept = {"slot": slot.key, "tables": results}
    body = json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True).encode()
    store.put(f"audits/{slot.id}.json", body, "application/json")
    findings = [finding for name, result in results.items() for finding in _findings(name, result)]
    if critical := [str(finding) for finding in findings if finding.severity == "critical"]:
        lines = "\n".join(critical)
        msg = f"The slot {slot.key} failed its audit; nothing of it was published:\n{lines}"
        raise BrokenContract(msg)
    return findings


def _parameters(articles: int, rejects: int, slot: Slot) -> dict[str, Any]:
    """Return what the suites leave open: `$PARAMETER`."""
    shares = {name: share if articles >= _ENOUGH_ROWS else 0 for name, share in _SHARES.items()}
    total = articles + rejects
    most = int(total * _MOST_REJECTS) if total >= _ENOUGH_ROWS else total
    reasons = [str(reason) for reason in Reason]
    return {**shares, "slots": [slot.key], "reasons": reasons, "most_rejects": most}


def _validate(name: str, frame: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Run one suite over one frame: GX fingerprints the frame each time, so once is enough."""
    gx, context = _great_expectations()
    suite = json.loads((_SUITES / f"{name}.json").read_text(encoding="utf-8"))
    asset = context.data_sources.add_pandas("staged").add_dataframe_asset(name)
    validation = gx.ValidationDefinition(
        name=name,
        data=asset.add_batch_definition_whole_dataframe("slot"),
        suite=context.suites.add(gx.ExpectationSuite(**suite)),
    )
    result = context.validation_definitions.add(validation).run(
        batch_parameters={"dataframe": frame},
        expectation_parameters=_used(suite, parameters),
        result_format=_RESULT_FORMAT,
    )
    plain: dict[str, Any] = result.to_json_dict()
    return plain


def _great_expectations() -> tuple[Any, Any]:
    """Import it, seconds of work, only here; with its log lines and progress bars off."""
    import logging

    log = logging.getLogger("great_expectations")
    log.setLevel(logging.WARNING)  # its import alone would write hundreds of lines
    import great_expectations as gx
    from great_expectations.data_context.types import base

    in_memory = base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    config = base.DataContextConfig(
        store_backend_defaults=in_memory, progress_bars=base.ProgressBarsConfig(globally=False)
    )
    return gx, gx.get_context(mode="ephemeral", project_config=config)


def _used(suite: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    text = json.dumps(suite)
    return {name: value for name, value in parameters.items() if f'"$PARAMETER": "{name}"' in text}


def _findings(name: str, result: Mapping[str, Any]) -> list[Finding]:
    findings = []
    for item in result["results"]:
        config = item["expectation_config"]
        if trouble := _exceptions(item):
            rule = config["meta"]["rule"]
            msg = f"The audit could not ask {name}.{rule} ({trouble}). Nothing was published."
            raise TryLater(msg)
        if not item["success"]:
            findings.append(_finding(name, config, item["result"]))
    return sorted(findings, key=lambda finding: (finding.severity, finding.rule))


def _finding(name: str, config: Mapping[str, Any], result: Mapping[str, Any]) -> Finding:
    rows = [
        row for group in result.get("unexpected_index_list") or () for row in group["article_id"]
    ]
    if "unexpected_count" in result:
        observed = f"{result['unexpected_count']} of {result['element_count']} rows"
    else:
        observed = f"observed {result.get('observed_value')}"
    return Finding(
        table=name,
        rule=config["meta"]["rule"],
        severity=config["severity"],
        doc=config["meta"]["doc"],
        observed=observed,
        rows=tuple(dict.fromkeys(rows)),
    )


def _exceptions(item: Mapping[str, Any]) -> str:
    """Return what was raised while a rule was asked: trouble of ours, not of the data."""
    info = item.get("exception_info") or {}
    raised: Sequence[Any] = [v for v in info.values() if isinstance(v, dict)]
    return "; ".join(sorted({str(v.get("exception_message")) for v in raised}))
