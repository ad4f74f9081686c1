"""Places where a name or a word was removed before publication; never Markdown, never words."""

from __future__ import annotations

import re

from qa_bot.speech.patterns import SURNAMES

_PLACES = (
    "省|市|县|區|区|镇|乡|村|街道|社区|州|盟|旗|局|厅|委|办|科|公司|企业|单位|部门|机关|集团|同志|领导|书记|主任|主席"
    "|市长|县长|局长|学校|大学|学院|中学|小学|医院|银行|工厂|项目|园区|开发区|高新区|甲|乙|丙|縣|鎮|鄉|局長|同誌"
)
_LATIN = "A-Za-z0-9"
_REDACTION = re.compile(
    r"(?<!\d)[*＊]{2,}|[*＊]{2,}(?!\d)|[×✕╳]{2,}|[□◻▢■]{2,}|[█▇▓]+|_{3,}|＿{2,}"
    rf"|(?:(?<![{_LATIN}])|(?<=19)|(?<=20))(?<![A-Za-z] )[XxＸｘ]{{2,}}(?![{_LATIN}]| ?[A-Za-z]|世纪)"
    rf"|(?<![{_LATIN}])[XxＸ×](?=(?:{_PLACES}|年|月|日|人民))"
    rf"|某{{2,}}(?:{_PLACES})?|某(?:{_PLACES})"
    rf"|(?<=[{SURNAMES}])某(?![些种个一年月日时天])"
)
_ORNAMENT = re.compile(r"^[^\S\n]*[*＊]+(?:[^\S\n]*[*＊]+)*[^\S\n]*$", re.MULTILINE)


def find_redactions(text: str) -> list[tuple[int, int]]:
    """Spans of `**`, `XX`, `×××`, `某某`, `某市`, `□□`, `█` and the like, in order.

    Ordinary words (某些, 某种, 某个, 某年某月), Roman numerals, and a line of asterisks that only divides are none.
    """
    dividers = {m.start() for m in _ORNAMENT.finditer(text)} if "*" in text or "＊" in text else set()
    found: list[tuple[int, int]] = []
    for match in _REDACTION.finditer(text):
        start, end = match.span()
        line = text.rfind("\n", 0, start) + 1
        if line not in dividers:
            found.append((start, end))
    return found
