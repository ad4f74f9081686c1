"""Bytes → text. A round trip proves nothing (Big5 bytes decode as GB18030), so readings are judged by plausibility."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterator
from functools import cache

from qa_bot.errors import SpeechError

_COMMON = frozenset(
    "的和国业一发大民人要中主展会经进加建在工有政是产制社全力我化设不年作生实地改济义行重们了强革增新资持对高为农体各动方以党理现保能同家合定面基度成"
    "分法本个上这提务开平推出坚用部到企好长治关多利学步等系结于事机代五性来文区决共技就十完育入善教时级量公市自续领过导科必点施策外管调活支放应规积计得三品"
    "内极取正立种更水创权场造收划特快深稳项下继争术构统群题安众金战总府前期任质问当须所城服际整比解投之向效万把可使百命目思九阶护些益明二族都费村四也促心反"
    "世员路形军通他严后界础财优亿程两想干斗商第从防广与而切营标还组扩其相着求条元小件信原源健运团变职意口式格确别域将起消环由做需今集位央价并精根物少门及努障"
    "转办依表局交准认线道去风势联监境间落批子织适八融流协节略备论观情范劳已型数较然险断税无控先指供研达真难神识处者挥色执最六充则历逐律低减证七困乡专议才果"
    "国你升她它您吗呢吧谢说话天朋友女士爱看听知什么怎样再没回那里太"
    "國業發會經進產製設實濟義們強資對為農體動黨現個這務開堅長關學繫結於機來區決時級續領過導點調應規積計內極種創權場劃穩項繼爭術構統羣群題眾戰總質問當須際"
    "萬階護費員軍嚴後礎財優億兩幹從廣與營標還組擴條運團變職確別將環價並門轉辦準認線風勢聯監間織適協節備論觀範勞數較險斷稅無達難識處揮執則歷減證鄉專議預貿"
    "責復維態醫電隊況緊驗偉鎮臺灣視層養嗎謝說話愛聽麼樣沒裡"
)
_MARKS = frozenset("，。、；：？！“”‘’（）《》〈〉【】「」『』…—·％　０１２３４５６７８９．～－×")
_WESTERN = frozenset("“”‘’–—…éèêëàâçôöüäßñáíóúÉ€£©·")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_KINDS = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a Word or zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Word file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a packed file"),
    (b"\x7fELF", "a program"),
)
_SAMPLE = 20_000
_HEAD_START = {"utf-8": 0.3, "utf-16-le": -0.25, "utf-16-be": -0.25}
"""Bytes that are UTF-8 are so by intention; any even number of bytes is nearly always UTF-16."""
_PLAUSIBLE = 0.25
"""The least mean plausibility per character that is not ASCII. Chinese prose read rightly scores above 0.8, read as
what it is not below 0.3; a few rare characters alone score 0.3."""


def decode(data: bytes, encoding: str | None = None, name: str = "the text") -> tuple[str, str]:
    """The text and the encoding that it was read in: the one that is forced, or the most plausible one.

    Tried: byte order marks, UTF-8, GB18030, Big5 (cp950, HKSCS), UTF-16 of both orders, and Windows-1252 for Latin.

    Raises:
        SpeechError: an unknown encoding, undecodable bytes (with the offset of the first), or no text at all.
    """
    if encoding is not None:
        return _readable(_forced(data, encoding, name), name), codecs.lookup(encoding).name
    kind = next((kind for magic, kind in _KINDS if data.startswith(magic)), None)
    if kind:
        raise SpeechError(f"{name} is {kind}, not text; save it as plain text first")
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _readable(_strict(data, codec, name), name), codec
    text, codec = _most_plausible(data, name)
    return _readable(text, name), codec


def _forced(data: bytes, encoding: str, name: str) -> str:
    try:
        info = codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, UnicodeError, ValueError) as error:
        raise SpeechError(f"unknown encoding {encoding!r}; try utf-8, gb18030, big5 or utf-16") from error
    return _strict(data, info.name, name)


def _strict(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        bad = data[error.start : error.start + 1].hex()
        raise SpeechError(
            f"{name} is not {codec}: byte 0x{bad} at offset {error.start} cannot be decoded; "
            "name its encoding with --encoding, or save it again as UTF-8"
        ) from error


def _readable(text: str, name: str) -> str:
    """The text, unless it holds what no text holds: NULs, or more than one control character in a hundred."""
    if "\0" in text or _controls(text) * 100 > len(text[:_SAMPLE]):
        raise SpeechError(f"{name} is a binary file, not text; save the speech as plain text first")
    return text


def _most_plausible(data: bytes, name: str) -> tuple[str, str]:
    readings = list(_readings(data))
    utf8 = next((text for text, codec in readings if codec == "utf-8"), None)
    if utf8 is not None and not _controls(utf8) and _surely_utf8(utf8):
        return utf8, "utf-8"
    scored = [(_plausibility(text) + _HEAD_START.get(codec, 0.0), text, codec) for text, codec in readings]
    best, text, codec = max(scored, key=lambda reading: reading[0], default=(0.0, "", ""))
    if best >= _PLAUSIBLE and _plausibility(data[:_SAMPLE].decode("utf-8", "ignore"), _share_lost(data)) <= best:
        return text, codec
    if utf8 is not None and not _controls(utf8):
        return utf8, "utf-8"
    if b"\0" in data or sum(byte < 32 and byte not in b"\t\n\r\f\v" for byte in data[:_SAMPLE]) * 100 > len(data):
        raise SpeechError(f"{name} is a binary file, not text; save the speech as plain text first")
    _strict(data, _nearest(data), name)
    raise SpeechError(f"the encoding of {name} cannot be told; name it with --encoding, or save it again as UTF-8")


def _readings(data: bytes) -> Iterator[tuple[str, str]]:
    """Every reading without a fault. NULs stand only in UTF-16, and Windows-1252 is tried for mostly ASCII bytes."""
    sample = data[:_SAMPLE]
    codecs_ = [] if b"\0" in data else ["utf-8", "gb18030", "big5", "cp950", "big5hkscs"]
    if len(data) % 2 == 0:
        codecs_ += ["utf-16-le", "utf-16-be"]
    if b"\0" not in data and sum(byte < 128 for byte in sample) > 0.8 * len(sample):
        codecs_.append("cp1252")
    for codec in codecs_:
        try:
            yield data.decode(codec), codec
        except UnicodeDecodeError:
            continue


def _surely_utf8(text: str) -> bool:
    """Whether it needs no comparison: the bytes of another encoding are UTF-8 by chance only when they are few."""
    return text.isascii() or sum(char > "\x7f" for char in text[:_SAMPLE]) > 6


def _controls(text: str) -> int:
    return sum(char < " " and char not in "\t\n\r\f\v\x1c\x1d\x1e" for char in text[:_SAMPLE])


def _nearest(data: bytes) -> str:
    """The encoding that leaves the least out, to name the offset of what does not fit."""
    tried = ("utf-8", "gb18030", "big5")
    sample = data[:_SAMPLE]
    return max(tried, key=lambda codec: _plausibility(sample.decode(codec, "replace"), lost=0.0))


def _share_lost(data: bytes) -> float:
    sample = data[:_SAMPLE]
    kept = len(sample.decode("utf-8", "ignore").encode("utf-8"))
    return 1 - kept / len(sample)


def _plausibility(text: str, lost: float = 0.0) -> float:
    """Mean over the characters that are not ASCII: 1 for the commonest of Chinese prose, below 0 for what it never
    holds; less what was lost in decoding, ten times over. 1 where all is ASCII."""
    weights = [_weight(char) for char in text[:_SAMPLE] if char > "\x7f"]
    return (sum(weights) / len(weights) if weights else 1.0) - 10 * lost - _controls(text)


@cache
def _weight(char: str) -> float:
    if char in _COMMON or char in _MARKS:
        return 1.0
    if char in _everyday():
        return 0.6
    if char in _WESTERN:
        return 0.5
    if "\u4e00" <= char <= "\u9fff":
        return 0.0
    if unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") or char == "\ufffd":
        return -3.0
    return -0.5 if char < "\u2000" or char > "\u3000" else 0.0


@cache
def _everyday() -> frozenset[str]:
    """The first levels of GB 2312 (3,755 characters) and Big5 (5,401): those in daily use."""
    simplified = ((bytes((hi, lo)), "gb2312") for hi in range(0xB0, 0xD8) for lo in range(0xA1, 0xFF))
    trails = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    traditional = ((bytes((hi, lo)), "big5") for hi in range(0xA4, 0xC7) for lo in trails)
    found = (raw.decode(codec, "ignore") for raw, codec in (*simplified, *traditional))
    return frozenset(char for char in found if char)
