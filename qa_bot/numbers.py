"""Numbers in Chinese and English prose, as values: `十家`, `10家` and `ten firms` are the same one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_SINGLE = str.maketrans({char: str(value) for char, value in _DIGITS.items()})
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_CN = "零〇一二两三四五六七八九十百千万亿"
MEASURES = (
    "个家项点条大位名年次倍成所座种类方支批样块句人元亩吨户件月日天岁届届期部层章节段集团篇门场辆台艘套公里平方米千"
    "瓦时周季分钟秒号级星本份道处片区县市省镇村校院字行仗把双对只头株棵口股轮重维率"
)
_ARABIC = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_EN = {
    word: value
    for value, word in enumerate(
        re.findall(
            r"\w+",
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
            " seventeen eighteen nineteen twenty",
        )
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_EN_RANKS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10,
}  # fmt: skip
_EN_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}

_NUMBER = re.compile(
    rf"(?P<share>(?P<of>\d+|[{_CN}]+)分之(?P<share_n>{_ARABIC}|[{_CN}点]+)|一半|\bhalf\b)"
    rf"|(?P<tenths>(?P<tenths_n>[一二三四五六七八九])成)(?![为立本功熟员效果])"
    rf"|(?P<rank>第(?P<rank_n>\d+|[{_CN}]+)|\bno\. ?(?P<rank_no>\d+)|\b(?P<rank_th>\d+)(?:st|nd|rd|th)\b"
    rf"|\b(?P<rank_en>{'|'.join(_EN_RANKS)})\b|首位|榜首)"
    rf"|(?P<arabic>(?<![A-Za-z0-9_.])-?(?:{_ARABIC})(?:\s*(?P<scale>[十百千万亿]+|(?:hundred|thousand|million|billion|trillion)\b))?"
    rf"(?P<percent>\s*(?:[%％]|个百分点|percent|per cent))?)"
    rf"|(?P<points>(?P<points_n>[{_CN}点]+)个百分点)"
    rf"|(?P<chinese>(?>[{_CN}]+(?:点[{_CN}]+)?)(?=[{MEASURES}]|多|余|来))"
    rf"|(?P<long>(?<![{_CN}])(?:[二两三四五六七八九]?[十百千万亿][{_CN}]+|[二两三四五六七八九][十百千万亿]))"
    rf"|\b(?P<english>(?:{'|'.join(_EN)})(?:[- ](?:{'|'.join([*_EN, *_EN_SCALES])}))*)\b"
    rf"(?P<en_percent> (?:percent|per cent))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number at start…end of a text; a `share` is in percent, a `rank` an ordinal; `unit` is what follows it."""

    start: int
    end: int
    kind: Literal["number", "share", "rank"]
    value: Decimal
    unit: str

    def same(self, other: Number) -> bool:
        """Whether both say the same: equal values; a rank may be written as a number."""
        kinds = {self.kind, other.kind}
        return self.value == other.value and ("share" not in kinds or len(kinds) == 1)


def numbers(text: str) -> Iterator[Number]:
    """Every number of a text; words such as 一起, 进一步, 万众 hold none."""
    for match in _NUMBER.finditer(text):
        if (read := _read(match)) is not None:
            kind, value = read
            unit = re.match(r"\s*([\u4e00-\u9fff]{1,2}|[A-Za-z]+)?", text[match.end() :])
            yield Number(match.start(), match.end(), kind, value, (unit and unit[1]) or "")


def in_figures(text: str) -> str:
    """The text with each number, also a lone `一`, in Arabic figures: `十家` and `10家` become the same letters."""
    for number in reversed(list(numbers(text))):
        figures = f"{number.value.normalize():f}" + {"share": "%", "rank": "", "number": ""}[number.kind]
        text = text[: number.start] + ("第" if number.kind == "rank" else "") + figures + text[number.end :]
    return text.translate(_SINGLE)


def _read(match: re.Match[str]) -> tuple[Literal["number", "share", "rank"], Decimal] | None:
    found = match.groupdict()
    if found["share"]:
        if not found["of"]:
            return "share", Decimal(50)
        part, whole = _value(found["share_n"]), _value(found["of"])
        return ("share", 100 * part / whole) if part is not None and whole else None
    if found["points"]:
        points = _value(found["points_n"])
        return ("share", points) if points is not None else None
    if found["tenths"]:
        return "share", Decimal(10 * _DIGITS[found["tenths_n"]])
    if found["rank"]:
        plain = found["rank_n"] or found["rank_no"] or found["rank_th"]
        value = _value(plain) if plain else Decimal(_EN_RANKS.get((found["rank_en"] or "first").lower(), 1))
        return ("rank", value) if value is not None else None
    if found["english"]:
        value = _english(found["english"].lower())
        return None if value == 1 else (("share" if found["en_percent"] else "number"), value)
    said = found["chinese"] or found["long"] or ""
    value = _arabic(found) if found["arabic"] else _value(said)
    if value is None or said in {*"零〇一百千万亿", "千万", "万千"}:  # 一个, 万众, 千方百计 hardly ever count
        return None
    return ("share" if found["percent"] else "number"), value


def _arabic(found: dict[str, str | None]) -> Decimal:
    whole = str(found["arabic"])
    plain = re.match(rf"-?(?:{_ARABIC})", whole)
    value = Decimal(plain[0].replace(",", "")) if plain else Decimal(0)
    scale = (found["scale"] or "").lower()
    for char in scale if scale not in _EN_SCALES else ():
        value *= _SCALES[char]
    return value * _EN_SCALES.get(scale, 1)


def _value(text: str) -> Decimal | None:
    """A number written in digits or in Chinese; None where it is none (`十万一千万`)."""
    if re.fullmatch(_ARABIC, text):
        return Decimal(text.replace(",", ""))
    whole, _, part = text.partition("点")
    value = _whole(whole)
    if value is None or not part:
        return None if value is None else Decimal(value)
    digits = [_DIGITS.get(char) for char in part]
    return None if None in digits else Decimal(f"{value}.{''.join(map(str, digits))}")


def _whole(text: str) -> int | None:
    if not text:
        return None
    if all(char in _DIGITS for char in text):  # 二〇二三
        return int("".join(str(_DIGITS[char]) for char in text))
    total, section, digit = 0, 0, 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif _SCALES[char] >= 10**4:
            total = (total + section + digit or 1) * _SCALES[char]
            section = digit = 0
        else:
            section += (digit or 1) * _SCALES[char]
            digit = 0
    return total + section + digit


def _english(text: str) -> Decimal:
    total, current = 0, 0
    for word in re.split(r"[- ]", text):
        if word in _EN:
            current += _EN[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        else:
            total, current = total + max(current, 1) * _EN_SCALES[word], 0
    return Decimal(total + current)


def to_number(text: str) -> int:
    """A whole number written in digits, in Chinese, or as an English word; -1 for the last one; 0 where it is none."""
    if text in ("最后", "最后一", "末", "last", "final"):
        return -1
    if text.isdecimal():
        return int(text)
    if text in _EN | _EN_RANKS:
        return (_EN | _EN_RANKS)[text]
    total, digit = 0, 0
    for char in text.replace("两", "二").replace("〇", "零"):
        if char in "十百":
            total += max(digit, 1) * (10 if char == "十" else 100)
            digit = 0
        elif char in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(char)
        else:
            return 0
    return total + digit
