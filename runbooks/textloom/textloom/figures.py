"""What a step has measured, left for the console's ledger of claims beside what it prints."""

import json
import os
from pathlib import Path
from typing import Literal

Unit = Literal["ms", "bytes", "percent", "count"]

_figures: list[dict] = []


def figure(name: str, value: float, unit: Unit) -> None:
    """Leaves a figure under the name by which a claim of the runbook asks for it. The file is whole after each one."""
    _figures.append({"name": name, "value": value, "unit": unit})
    if result := os.environ.get("KNEEBOARD_RESULT"):
        path = Path(result)
        aside = path.with_name(path.name + ".new")
        aside.write_text(json.dumps({"findings": [], "body": {"kind": "figures", "figures": _figures}}))
        aside.replace(path)
