"""What lines look like: salutations, numbered headings, endnotes, and what pages print around a speech."""

from __future__ import annotations

import re

_PERSONS = (
    "们 們 代表 委员 委員 同志 同仁 同事 同学 同學 来宾 來賓 嘉宾 嘉賓 贵宾 貴賓 领导 領導 领导人 朋友 老师 老師"
    " 家长 家長 企业家 校友 专家 專家 学者 院士 教授 评委 評委 先生 女士 小姐 主席 总统 總統 首相 总理 總理 书记"
    " 書記 部长 部長 省长 市长 市長 县长 主任 校长 校長 院长 会长 會長 理事长 秘书长 委员长 团长 大使 使节 阁下"
    " 閣下 殿下 陛下 同胞 战友 兄弟 姐妹 父老 乡亲 鄉親 父老乡亲 记者 观众 听众 网友 人士 官兵 指战员 工友 员工"
    " 会员 股东 客商 客人 伙伴 青年 师生 新生 毕业生 居民 群众 人民 大家 负责人 主持人 同人"
)
_GREETING = re.compile(
    r"(?:大家|各位|你们|您)?(?:早上|上午|中午|下午|晚上|早|晚|新年|春节|节日|節日)?(?:好|快乐|快樂)|早上好|晚上好"
)
_CALLING = "诸位 諸位 尊敬 敬爱 敬愛 亲爱 親愛 各位 全体 全體 女士 先生 同志 朋友 父老 乡亲 大家"
_NAMED = "们 們 同志 先生 女士 阁下 閣下 主席 书记 書記"
_NOT_CALLED = "我们 我們 他们 他們 她们 她們 它们 人们 人們 咱们"
_EACH, _EACH_LONGEST = ("各位", "诸位", "諸位", "尊敬的", "敬爱的", "亲爱的", "親愛的"), 15
_PARTS = re.compile(r"[，、,！!：:\s]+")
_CALL_WORDS = (
    "and my our dear ladies gentlemen friend friends fellow mr mrs ms madam distinguished honourable honorable your"
    " excellency excellencies guest guests colleague colleagues comrade comrades citizen citizens americans members"
    " delegates deputies chairman chairperson chair president speaker minister secretary general prime vice"
    " everyone all students teachers parents graduates sisters brothers countrymen majesty highnesses good morning"
    " afternoon evening the of"
)


def is_vocative(text: str) -> bool:
    """Whether the line does nothing but address the audience: `各位代表：`, `Ladies and gentlemen,`."""
    if len(text) > 100 or text[0] in "，、,！!：:":
        return False
    if text.isascii():
        words = re.findall(r"[a-z]+", text.lower())
        return text[-1] in ",:!" and len(words) > 1 and _SPOKEN_TO.issuperset(words)
    first, *others = (part for part in _PARTS.split(text) if part)
    if first.endswith(_OURS) or not (first.startswith(_ADDRESS) or first.endswith(_TITLES)):
        return False
    alone = text[-1] in "：:"
    called = all(_calls(part, alone) for part in (first, *others))
    return called and (alone or text[-1] in "，,！!、" or text.startswith("各位"))


def _calls(part: str, alone: bool) -> bool:
    """Whether it names an audience: a known one or, where the line does nothing else, whoever is `各位` or `尊敬的`."""
    if len(part) > 30 or any(c in "。；？“”（）" for c in part):
        return False
    named = alone and part.startswith(_EACH) and len(part) <= _EACH_LONGEST
    return named or part.endswith(_AUDIENCE) or part in _ADDRESS or bool(_GREETING.fullmatch(part))


_AUDIENCE, _ADDRESS, _TITLES, _OURS = (tuple(w.split()) for w in (_PERSONS, _CALLING, _NAMED, _NOT_CALLED))
_SPOKEN_TO = frozenset(_CALL_WORDS.split())


def begins_with_call(text: str) -> bool:
    """Whether the paragraph begins by addressing the audience: `同志们，…`, `各位代表！…`."""
    head = re.match(r"[^，,！!：:。？；]{2,30}[，,！!：:]", text)
    return head is not None and is_vocative(head[0]) and not _GREETING.fullmatch(head[0][:-1])


SURNAMES = (
    "习栗俞欧王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)

_DIGITS = "一二三四五六七八九十百零〇"
_RANKS = (
    r"附件[一二三四五六七八九十\d]{0,2}(?=$|[：:\s])[：:\s]*",
    rf"第[{_DIGITS}\d]{{1,4}}(?:部分|[章篇编編讲講])[：:、\s]*|(?:Part|Chapter|Section) (?:[A-Z][a-z]+|[IVX\d]+)\b",
    rf"[{_DIGITS}]{{1,3}}[、．]\s*|[IVX]{{1,5}}[.、]\s+",
    rf"[（(][{_DIGITS}]{{1,3}}[）)]\s*",
    r"\d{1,2}(?:[．、]|\.(?!\d))\s*",
    r"[（(]\d{1,2}[）)]\s*|\d{1,2}[）)]\s*|[①-⑳]\s*",
    rf"(?:第[{_DIGITS}]{{1,2}}(?:[，、：:,]|个方面)|(?:首先|其次|再次|再者|此外|最后|最後)[，,：:])\s*|第?[{_DIGITS}]{{1,2}}[是要](?=\S)",
)
RANKS = tuple(re.compile(pattern) for pattern in _RANKS)
"""Markers of numbered headings, outermost first."""


def marker(text: str) -> tuple[int, str] | None:
    """(rank, marker) of a line that begins with a heading's number; None for others."""
    for rank, pattern in enumerate(RANKS):
        match = pattern.match(text)
        if match:
            return rank, match[0]
    return None


def is_numbered(text: str) -> bool:
    return marker(text) is not None or text.startswith(("——", "●", "■", "◆"))


_NOTES = re.compile(
    r"(?:附件?\s*[一二三四五六七八九十\d]{0,2}[：:\s]*)?(?:《?(?:政府)?工作报告》?中?)?(?:的|有关|相关|部分|若干)*"
    r"(?:名[词詞](?:术语)?(?:解[释釋]|[注註][释釋]|[说說]明)|(?:用语|词语|术语|名词)(?:解释|注释|说明)|[注註][释釋]|尾注|脚注|附注"
    r"|[Nn]otes|NOTES|[Ee]ndnotes|[Ff]ootnotes)[：:]?$"
)


def is_note_heading(text: str) -> bool:
    """Whether the line is the heading of the endnotes: `名词解释`, `注释`, `附件2：名词解释`."""
    return len(text) <= 40 and bool(_NOTES.match(text))


NOTE_MARK = re.compile(r"\d{1,3}[.．、](?!\d)|[①-⑳]|[\[【〔（(]\d{1,3}[\]】〕）)]|[注註]\s?\d{1,3}[：:.、\s]")
"""What an endnote begins with."""
