"""What is asked: its kind, its content words, its language; and a follow-up made to stand alone.

Rules over the question's words alone; nothing here knows a speech.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from qa_bot.text import HAN, fold, is_han, runs

Kind = Literal[
    "person", "number", "time", "place", "reason", "manner", "list", "whether", "thing",
    "parts", "section", "paragraph", "points", "beginning", "ending",
    "provenance", "smalltalk", "task", "empty",
]  # fmt: skip
OUTLINE_KINDS = frozenset({"parts", "section", "paragraph", "points", "beginning", "ending"})

_CN = "零〇一二两三四五六七八九十百"
_N = rf"(?:\d+|[{_CN}]+)"
_SPEECH = (
    r"(?:[本这该此](?:[篇次份场个])?|整[篇个]|全篇)?(?:领导|同志)?(?:的)?"
    r"(?:讲话稿?|发言稿?|工作报告|报告|演讲稿?|文章|讲稿|致辞|文稿|稿子|原文|全文|文中|文本|材料)"
)
_SAY = (
    r"(?:中|里面|里|内|当中|之中|上)?(?:是|有|都|还|又|主要|明确|具体|特别|专门|一共|总共)*"
    r"(?:提到|谈到|讲到|说到|提及|指出|提出|认为|强调|要求|表示|说|讲|谈|写|介绍|论述|阐述|涉及)?(?:过|了|的|的是)?"
)
_FRAME = re.compile(
    rf"{_SPEECH}{_SAY}|(?:讲话人|讲话者|发言人|演讲者|报告人|作者|领导|发言者)(?:{_SAY})"
    r"|请问|请教|请|麻烦(?:你|您)?|想(?:要)?(?:知道|了解|问)(?:一下)?|我|帮(?:我|忙)|告诉|一下|能否|能不能|可不可以|可以|谢谢|多谢|你好|您好"
    r"|根据|按照|关于|对于|至于|看看|查(?:一下|查)?|具体|究竟|到底|一共|总共"
)
_ASKING = re.compile(
    r"什么时候|什么时间|什么地方|什么样|什么|哪一?(?:年|天|月|日)|哪(?:一些|些|几个|几项|几点|几方面|几|个|位|家|里|儿|一个|种|一|项)?"
    r"|多少|几(?=[个家项点条大位名年次倍成所座种月号类方支批])|怎么样|怎么办|怎么|怎样|如何|为什么|为何|何时|何地|何处|何人|是否|是不是|有没有"
    r"|谁|吗|呢|吧|呀|啊|么(?=[?？]|$)|分别|对吗|对不对|真的|是指|指的是|意思"
)
_KINDS: tuple[tuple[Kind, str], ...] = (
    ("reason", r"为什么|为何|缘何|何以|原因|凭什么|理由|\bwhy\b"),
    ("person", r"谁|哪一?位|何人|什么人|哪些人|姓名|名字|叫什么|\bwho(?:m|se)?\b"),
    ("number", r"多少|几(?=[个家项点条大位名年次倍成所座种类方支批])|百分之几|第几|排名|位次|占比|比例|多[大高长远快重久]|\bhow (?:many|much|large|big|long)\b"),
    ("time", r"什么时候|何时|什么时间|哪一?(?:年|天|月|日)|几(?:月|号|日)|日期|时间(?:是|为)|\bwhen\b|\bwh(?:ich|at) (?:year|date|day|month)\b"),
    ("place", r"哪里|哪儿|何处|何地|什么地方|地点|\bwhere\b"),
    ("list", r"哪些|哪[几两三四五六七八九十]|有什么|列[举出]|分别|包括|\bwhich\b.*s\b|\bwhat are\b|\blist\b"),
    ("manner", r"怎么|如何|怎样|措施|办法|做法|举措|\bhow\b"),
    ("whether", r"吗|是否|是不是|有没有|对不对|^(?:is|are|was|were|did|does|do|has|have|will|can)\b"),
)  # fmt: skip
_FACT = re.compile("|".join(pattern for kind, pattern in _KINDS if kind in ("person", "time", "place", "reason")))
_TIME_FINE = re.compile(r"哪一?(?:天|月|日)|几(?:月|号|日)|日期|\bwh(?:ich|at) (?:date|day|month)\b")
_UNIT = re.compile(
    r"(?:多少|几)(?:个)?([万亿]?(?:元|家|人|户|公里|吨|亩|平方米|平方公里|千瓦|度|倍|个百分点|项|个|所|座|条|名|位|次|年|天|岁|点|类|种|批|件|辆|套|场))"
    r"|(百分之几|占比|比例|增速|增长率|增幅)|(第几|排名|位次)"
)
_STOP_EN = frozenset(
    ["a", "an", "the", "of", "in", "on", "at", "to", "for", "from", "by", "with", "and", "or", "but", "is", "are", "was", "were", "be", "been", "being", "do", "does", "did", "has", "have", "had", "will", "would", "can", "could", "should", "may", "might", "must", "shall", "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "many", "much", "that", "this", "these", "those", "it", "its", "they", "them", "their", "he", "she", "his", "her", "we", "our", "us", "you", "your", "i", "my", "me", "there", "here", "about", "as", "into", "than", "then", "so", "if", "not", "no", "any", "some", "all", "say", "says", "said", "speech", "speaker", "report", "text", "mention", "mentions", "mentioned", "according", "please", "tell", "does"]
)
_TASK = re.compile(
    r"(?:写|作|编|创作|生成|画|讲|唱|来)(?:一|首|篇|个|段|幅|封|点)+[^,，。?？]{0,8}(?:诗|歌|小说|作文|笑话|故事|代码|程序|邮件|图|对联|文案|讲话稿)"
    r"|翻译(?:成|为|一下)|忽略.{0,10}(?:指令|提示|要求|规则|内容)|系统提示|天气|股票|彩票"
    r"|\bignore\b.{0,30}\b(?:instructions?|prompts?|rules?)\b|\bsystem prompt\b|\bwrite (?:me )?an? |\btranslate\b|\bweather\b|\bjokes?\b"
    r"|^\W*\d+(?:\.\d+)?\s*[-+*/×÷]\s*\d+"
)
_SMALLTALK = re.compile(
    r"^\W*(?:你好|您好|嗨|早上好|下午好|晚上好|早安|晚安|谢谢(?:你|您)?|多谢|再见|拜拜|辛苦了|在吗|好的|hi|hello|hey|thanks|thank you|bye)[啊呀吗呢\W]*$"
    r"|(?:^|[,，。\s])你(?:是谁|叫什么|是什么|几岁|能做什么|会做什么|能干什么|会什么|是(?:不是)?(?:机器人|ai|人))|\bwho are you\b|\bwhat can you do\b|\bhow are you\b"
)
_POSTING = r"(?:发布|上传|刊登|刊发|转载|张贴|贴出|登载|整理|收录|贴)"
_DOING = r"(?:作|做|讲|发表|致|宣读)"
_PROVENANCE: tuple[tuple[str, str], ...] = (
    ("posted", rf"{_POSTING}(?:出来)?(?:的)?(?:时间|日期)|(?:什么时候|何时|哪一?[天年月]|几月几[日号]|什么时间){_POSTING}|\bposted\b|\bpublished\b"),
    ("site", rf"(?:哪个|什么)(?:网站|网页|站点)|谁{_POSTING}|出处|(?:讲话|报告|文章|页面|网页|稿子)的?来源|来自哪|\bwebsite\b"),
    ("category", r"(?:哪个|什么)栏目|网页.{0,4}(?:分类|类别)"),
    ("title", r"(?:讲话|报告|文章|演讲|页面|网页)的?(?:标题|题目|题名)|\btitle of\b"),
    ("speaker", rf"谁{_DOING}的?(?:这|该|此|本)?[次篇份个]?(?:的)?(?:讲话|报告|演讲|发言)|(?:讲话|报告|发言|演讲)(?:人|者)(?:是|叫|姓)|(?:讲话|报告|演讲|发言)是(?:由)?谁{_DOING}"
     r"|\bwho (?:gave|delivered|made) th(?:e|is) (?:speech|report|address)\b|\bwho is the speaker\b"),
    ("occasion", rf"(?:讲话|报告|演讲|发言)是?(?:在)?(?:什么时候|何时|哪一?天|几月几[日号]|哪里|哪儿|什么(?:会议|场合|会)上?|哪个会议?上?){_DOING}的?"
     r"|\b(?:when|where) was (?:the|this) (?:speech|report|address) (?:given|delivered|made)\b"),
)  # fmt: skip
_NTH = rf"(?:第({_N})|(最后一|末))(?:个)?(?:大)?"
_SECTION = re.compile(
    rf"{_NTH}(?:部分|章节|章|节|块|板块|点意见|大点)|(?:part|section) (\d+|one|two|three|four|five|six|seven|eight|nine|ten)\b"
    r"|\b(first|second|third|fourth|fifth|sixth|last|final) (?:part|section)\b"
)
_SUBSECTION = re.compile(rf"(?:部分|章|节|板块|点意见).{{0,6}}?第({_N})(?:个)?(?:点|方面|条|项|段|小节|小点|层)")
_PARAGRAPH = re.compile(rf"第({_N})(?:个)?(?:自然)?段|\bparagraph (\d+)\b")
_PARTS = re.compile(
    rf"(?:几|哪几?|多少|[{_CN}])个?大?(?:部分|章|节|板块|大块)|结构|框架|提纲|大纲|目录|(?:几|哪|[{_CN}]+)(?:点|条)(?:意见|要求|建议)"
    rf"|(?:讲|谈|说)了?(?:几|哪几|哪[{_CN}])(?:点|个方面|个问题|件事)|\bhow many (?:parts|sections)\b|\b(?:structure|outline)\b"
)
_POINTS = re.compile(
    r"主要(?:内容|讲|说|谈|观点|意思|精神|思想)|主旨|中心(?:思想|内容|意思)|核心(?:内容|思想|观点|要点|意思|精神)|要点|概括|总结|概述|摘要|大意|梗概|概要|重点(?:内容|是什么)|讲了些?什么|说了些?什么|谈了些?什么"
    r"|\bsummar|\bmain (?:points?|ideas?|message)\b|\bgist\b|\bkey points\b"
)
_BEGINNING = re.compile(r"开头|开篇|一开始|开场|起始|\b(?:begin|opening|start)")
_ENDING = re.compile(
    r"结尾|结束语?|结语|末尾|收尾|尾声|最后(?:一段|是?怎么|如何|说|讲|呼吁|号召|提出|发出|用)|\b(?:end|ends|ending|close|closing|conclude|concludes|conclusion)\b"
)
_ANAPHOR = re.compile(
    r"^(?:那么|那|还有|然后|另外|其中|接着|除此|此外|具体|进一步|and\b|then\b|what about|how about)"
    r"|[它他她](?:们)?|这(?:个|些|项|一|种|样|里|点|方面|件|家|支|笔|么)|那(?:个|些|项|一|种|样|里|点|家)|其(?!他|它|余|实|次)|前者|后者|上述|该(?!如何|怎)"
    r"|\b(?:it|its|they|them|their|that|those|these|he|she|his|her|the (?:first|second|third|last|latter|former) one)\b"
)
_ABOUT = re.compile(
    r"^(?:那么|那|还有|至于)?(.{1,14}?)(?:方面|部分)?(?:又|又是|是)?(?:呢|怎么样|如何)[?？]*$|^(?:and |what about |how about )(.+?)\?*$"
)
_ITEM = re.compile(
    rf"第({_N})(?:个|点|条|项|家|种|类|方面|件)?|\b(first|second|third|fourth|fifth|last) one\b|最后(一)个"
)
_WORDS_EN = {w: i for i, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])} | {
    w: i for i, w in enumerate(["zeroth", "first", "second", "third", "fourth", "fifth", "sixth"])
}


@dataclass(frozen=True, slots=True)
class Query:
    """A question understood. `focus` is its content without frame and question words; what is searched for."""

    question: str
    search: str
    kind: Kind
    focus: str
    english: bool = False
    unit: str = ""
    ordinals: tuple[int, ...] = ()
    """For `section`, `paragraph` and items of a list: 1 the first, -1 the last; inner ones follow."""
    fields: tuple[str, ...] = ()
    """For `provenance`: what is asked of the page's own data."""
    followup: bool = False
    near: tuple[str, ...] = ()
    """Addresses of paragraphs that the conversation has been about: what a follow-up probably means."""


def understand(question: str) -> Query:
    """The question by itself."""
    folded = fold(question).strip()
    english = not any(is_han(run) for run in runs(folded)) and any(run[0].isalpha() for run in runs(folded))
    focus = _focus(folded, english)
    query = Query(question, question, "thing", focus, english)
    if not runs(folded):
        return replace(query, kind="empty")
    if _SMALLTALK.search(folded):
        return replace(query, kind="smalltalk")
    if _TASK.search(folded):
        return replace(query, kind="task")
    if fields := tuple(field for field, pattern in _PROVENANCE if re.search(pattern, folded)):
        return replace(query, kind="provenance", fields=fields)
    if outline := _outline(query, folded):
        return outline
    kind = next((kind for kind, pattern in _KINDS if re.search(pattern, folded)), "thing")
    unit = _UNIT.search(folded)
    return replace(query, kind=kind, unit=next((g for g in unit.groups() if g), "") if unit else "")


def fine_time(query: Query) -> bool:
    """Whether a month or a day is asked for, so that a mere year is no answer."""
    return bool(_TIME_FINE.search(fold(query.search)))


def make_standalone(query: Query, earlier: Query, near: tuple[str, ...], items: tuple[str, ...]) -> Query:
    """A follow-up with what it leaves out filled in from the earlier question and its answer.

    Args:
        earlier: the earlier question, itself standing alone.
        near: addresses of the paragraphs that answered it.
        items: the members of the list that answered it, in order, for `那第二个呢`.
    """
    if not is_followup(query):
        return query
    item = _ITEM.search(fold(query.question))
    if item and items and (n := to_number(next(g for g in item.groups() if g))) and n <= len(items):
        chosen = items[n - 1 if n > 0 else -1]
        rest = _focus(_ITEM.sub("", fold(query.question)), query.english)
        search = f"{chosen} {rest}".strip()
        return replace(query, search=search, focus=_focus(fold(search), query.english), followup=True, near=near)
    about = _ABOUT.match(fold(query.question).strip())
    if about and earlier.kind not in OUTLINE_KINDS:
        topic = next(g for g in about.groups() if g)
        search = _replace_topic(earlier, topic)
        focus = f"{topic} {earlier.focus}" if len(topic) < 2 else _focus(fold(search), query.english)
        return replace(
            query, search=search, kind=earlier.kind, unit=earlier.unit, focus=focus, followup=True, near=near
        )
    search = f"{earlier.search.rstrip('?？。')} {query.question}"
    focus = f"{earlier.focus} {query.focus}".strip()
    return replace(query, search=search, focus=focus, followup=True, near=near)


def is_followup(query: Query) -> bool:
    """Whether the question leans on an earlier one: it points back, or says too little to stand alone."""
    if query.kind in ("smalltalk", "task", "empty", "provenance"):
        return False
    folded = fold(query.question).strip()
    if query.kind in OUTLINE_KINDS and not folded.startswith(("那", "and ", "what about")):
        return False
    size = len(query.focus.split()) * 2 if query.english else len("".join(runs(query.focus)))
    return bool(_ANAPHOR.search(folded)) or size < 4 or bool(_ABOUT.match(folded) and size < 9)


def to_number(text: str) -> int:
    """A whole number written in digits, in Chinese, or as an English word; `最后一` and `last` are -1; else 0."""
    if text in ("最后一", "末", "一个", "last", "final"):
        return -1
    if text.isdecimal():
        return int(text)
    if text in _WORDS_EN:
        return _WORDS_EN[text]
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


def _focus(folded: str, english: bool) -> str:
    if english:
        return " ".join(run for run in runs(folded) if run not in _STOP_EN)
    text = _ASKING.sub(" ", _FRAME.sub(" ", folded))
    kept = [re.sub("^[的是有了在和与]+|[的是有了]+$", "", run) if is_han(run) else run for run in runs(text)]
    return " ".join(run for run in kept if run)


def _outline(query: Query, folded: str) -> Query | None:
    section, inner, paragraph = _SECTION.search(folded), _SUBSECTION.search(folded), _PARAGRAPH.search(folded)
    if section and (n := _ordinal(section)):
        ordinals = (n, to_number(inner[1])) if inner else (n,)
        return replace(query, kind="section", ordinals=ordinals)
    if paragraph and (n := _ordinal(paragraph)):
        return replace(query, kind="paragraph", ordinals=(n,))
    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("parts", _PARTS), ("beginning", _BEGINNING), ("ending", _ENDING), ("points", _POINTS),
    )  # fmt: skip
    for kind, pattern in kinds:
        if pattern.search(folded):
            if len("".join(runs(_rest(pattern, folded)))) <= (12 if query.english else 2):
                return replace(query, kind=kind)
            if kind in ("parts", "points") and not _FACT.search(folded):
                return replace(query, kind="section", focus=_focus(pattern.sub(" ", folded), query.english))
    return None


def _rest(pattern: re.Pattern[str], folded: str) -> str:
    """What is left of the question without the outline's own words: next to nothing where the whole is meant."""
    text = re.sub(
        r"主要|内容|意思|部分|方面|章节|板块|要点|讲|说|谈|写|提|分|成|为|作|了|句|话|段|题|号召|呼吁|大家|以|用|来|整体|总体|全|共|有",
        " ",
        pattern.sub(" ", folded),
    )
    return _focus(text, not any(is_han(run) for run in runs(folded)))


def _ordinal(match: re.Match[str]) -> int:
    return to_number(next(group for group in match.groups() if group))


def _replace_topic(earlier: Query, topic: str) -> str:
    """The earlier question about another topic: its question words stay, its longest content run gives way."""
    parts = sorted((run for run in earlier.focus.split()), key=len)
    search = fold(earlier.search)
    return search.replace(parts[-1], topic, 1) if parts and parts[-1] in search else f"{topic} {earlier.search}"


__all__ = [
    "HAN",
    "OUTLINE_KINDS",
    "Kind",
    "Query",
    "fine_time",
    "is_followup",
    "make_standalone",
    "to_number",
    "understand",
]
