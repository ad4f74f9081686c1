"""Whether a text holds the kind of thing that is asked for: a number with that unit, a date, a withheld name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from qa_bot import phrases
from qa_bot.elsewhere import names_in
from qa_bot.phrases import RANKS, SHARES
from qa_bot.premise import says_otherwise
from qa_bot.text import fold, runs
from qa_bot.types import Speech
from qa_bot.understanding import Query, wants_day

Span = tuple[int, int]

_NUMERAL = r"(?:\d[\d,.]*|[一二两三四五六七八九十百千万亿半]+|[ivx]+(?=[类级]))"
_NUMBER = re.compile(rf"{_NUMERAL}\s*[^\s,，。、;；\"“”]|\d")
_RANK = re.compile(rf"第{_NUMERAL}|位列|位居|首位|榜首|前列|排名|居全国|居全省")
_SHARE = re.compile(rf"%|％|百分|{_NUMERAL}成(?![为立本功熟员效果])|倍|千分|一半")
_POINTS = re.compile("成|个?(?:百分)?点(?![子心意])")
_MONTH = r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
_LUNAR = r"(?<![高升当起年])初[一二三四五六七八九十](?![年的]?[级班]|学生|[(（中])|大年三十|除夕"
_TIME = re.compile(
    rf"(?:\d{{2,4}}|[一二三四五六七八九〇零]{{2,4}}|今|去|明|前|当|每|全)年|每(?:季度|个?月|周|天|日|小时)"
    rf"|{_NUMERAL}个?半?(?:月|日|周|天(?!两头|到晚)|季度|年|小时|钟头|分钟|星期)|[正冬腊]月|{_LUNAR}|[本上下]周|月[初中底]|[汛节冬春夏秋年]前"
    rf"|{_NUMERAL}点(?:[半钟整]|(?=[,，。;；、到至前后开关]|$))|[上下中]午|晚上|凌晨|\d{{1,2}}:\d\d"
    r"|年底|年初|年末|上半年|下半年|时期|期间|世纪|以来"
    rf"|\b(?:19|20)\d\d\b|{_MONTH}"
)
_DAY = re.compile(rf"(?:{_NUMERAL}|[正冬腊])(?:月|日|号)|{_LUNAR}|{_MONTH}")
_MEASURES = (
    "个家项点条位名年次倍成所座种类方支批样块句人户台部辆套张元吨亩公里米岁天款场件级度分届只头艘架列班站间处片层篇册平"
    "立万亿千百钱小微毫标集周月日"
)
"""First characters of measure words; `多少旅客` asks for a number of any counter instead."""
_SAME_MEASURE = {
    "钱": "元块毛",
    "人": "人名位口",
    "名": "人名位",
    "位": "人名位",
    "家": "家户个",
    "处": "处所座家",
    "户": "家户",
    **dict.fromkeys("次趟回遍", "次趟回遍"),
}
_COUNTERS, _AMOUNTS = "个大家项名位人套间张只条场台辆座处所", "元斤吨公千米亩平立毫厘升克度瓦"
_TITLE = (
    r"(?:同志|书记|主席|总理|省长|市长|县长|区长|州长|主任|部长|厅长|局长|院长|校长|总经理|董事长|先生|女士|教授|院士"
    r"|主教练|队长)"
)
_PERSON = re.compile(
    rf"[\u4e00-\u9fff]{{1,3}}{_TITLE}|{_TITLE}[\u4e00-\u9fff]{{2,3}}|习近平|[\u4e00-\u9fff]·[\u4e00-\u9fff]"
    r"|政府|[省市区县]委|部门|企业|干部|公司|委员会|群众|人民|大家|我们|青年|学生|组织|联合国|国务院|中央|农民|职工|团队|党员|代表|委员|队伍|人才|局|厅|办公室|院|小组|协会|中心|高新区|园区"
    r"|[镇村班站组馆所会行处科乡队厂]长|教师|老师|师傅|医生|大夫|护士|同学|员工|工人|股东|志愿者|义工|工程师|教练|客户|乡亲|老人|村民|居民|业主|[本你]人|自己"
)
_PLACE = re.compile(
    r"(?<![各全我本该城都])(?:省|市|县|州|镇|乡|村|街道|新区|开发区|高新区|自治区|口岸|路|湖|河|江|山|岛|港|湾)"
    r"|[\u4e00-\u9fff](?:大学|学院|中心|基地|公园|机场|车站|广场)|北京|上海|天津|重庆|国内|国外|境外|海外|全国|全球|世界"
)
_WHICH_PLACE = re.compile("哪一?[个座]?(?:城市|市|县|区|省|州|国家|镇|村)")
_PLACE_NAME = re.compile("[\u4e00-\u9fff]{2}(?=[市县州镇区])|(?<=[（(])[\u4e00-\u9fff]{2}(?=[)）])")
_NOUN = "高新区|开发区|新区|城市|城|市|县|区|省|镇|乡|村|州|企业|公司|集团|学校|单位|部门|局"
_NAMED = re.compile(
    rf"哪一?[个家所座]?({_NOUN})|({_NOUN})(?:的)?(?:名字|名称|全称|全名)?(?:到底|究竟)?(?:叫|是)[什啥]|({_NOUN})的(?:名字|名称|全称|全名)"
)
_WHO = re.compile(r"谁|哪一?(?:位|个人|名)|姓名|名字|叫什么|何人|全称|\bwho(?:se|m)?\b|\bname\b")
_OWN = re.compile(rf"(?:[这本该此](?:[个家所座])?|[我咱]们?的?)(?:{_NOUN})")
"""The place, company or the like that the speech is of."""
_ANOTHER_PERSON = re.compile(rf"[、,，和与及](?:[\u4e00-\u9fff](?<![省市区县委府])){{2,3}}{_TITLE}")
_WITHHELD = re.compile(r"[*＊]{2,}|[×XxＸ]{2,}|某某|□{2,}")
_CLAUSE = re.compile(r"[^,，。;；!！?？]+")
_WHICH_BODY = re.compile(
    r"哪(?:一?[个些]|几个|(?:一|几)?[家所支][\u4e00-\u9fff]{0,4}?)?的?(?:公司|企业|单位|机构|医院|大学|高校|院校|学校|集团|银行|部门|球队|队|厂)"
    r"|\bwhich (?:compan(?:y|ies)|firms?|banks?|hospitals?|universit(?:y|ies)|schools?|departments?|teams?)\b"
)
_BODY = re.compile(
    r"[\u4e00-\u9fffa-z]{2,}?(?:公司|集团|大学|学院|医院|研究院|研究所|银行|厂|局|委|厅|协会|中心|队|股份|科技|汽车|机械|重工|精工|能源|电子|光电|智能|材料|药业|制药|白药|生物|化工|实业|食品|物流)"
    r"|[\u4e00-\u9fffa-z]{2,8}?(?=获(?!得感)|夺|摘|承建|研制|牵头|入选|当选|上榜)"
)
_SPENT = re.compile(r"(?:掏|花|领|挣|赚|缴|付|赔|给|发|收)[了到出]?(?:多少|几[千百万亿块])(?![\u4e00-\u9fff])")
_PROPORTION = re.compile("占|比[例重]|[涨增降跌]幅|[增降]速|下滑|几成|率")
_CHANGED = re.compile("(?<!最)[增涨升高降跌减低少]了?(?:多少|几成)")
_AMOUNT = re.compile(r"多少|(?<!最)多[大高长](?!力)|几[千百万亿块]|\bhow (?:much|large|big|long)\b")
_ATTRIBUTES = (
    (
        re.compile(
            "资金|投资|补贴|补助|奖金|奖励|票房|经费|工资|成本|价|租金|(?<!消)费(?!者|品|城)|补偿|融资|基金(?!会)|预算"
        ),
        "元块",
    ),
    (re.compile("装机"), "千万瓦"),
    (re.compile("面积|占地"), "平亩公顷"),
    (re.compile("全长|里程"), "公千里米"),
    (re.compile("吞吐量"), "吨标人"),
    (re.compile("库容"), "立方"),
)
"""What is measured → the first characters of its units, where the question names no unit."""
ATTRIBUTE = re.compile(
    "条件|标准|流程|程序|手续|时限|年限|期限|待遇|名单|处分|处罚|编制|权限|专业|基数|额度|资格|门槛|渠道|电话|地址|材料|时间表"
    "|负责人|设计|编剧|导演|作者|名字|名称|估值|造价|学费|票价|价格|利率|成分|规格|型号|尺寸|方式|行情|走势|比分|冠军|亚军|厂家|后果|位置|年龄|航线|名额"
)
"""What may be asked about a thing, and is not said by naming the thing."""
_DEMANDS = (
    (
        re.compile(r"(?:每(?:一?[人户月天张亩]|个(?!百分))|人均|户均|一个(?:人|娃|孩子|月).{0,6})[^,]{0,8}(?:多少|几)"),
        re.compile("每|[人户生亩村平校]均|一[人户亩张]|/|标准|月"),
    ),
    (
        re.compile(r"[增多涨升高好][了加大长]?还是[减少降跌低差下]|比[^,]{1,12}[高低多少快慢增降涨][了出]?(?:多少|几)"),
        re.compile(
            "增|减|下降|提高|上升|降低|上涨|下跌|扩大|缩小|翻|净|差|回落|持平|高于|低于|快于|高出|个百分点|比|偏[多少高低大小]"
        ),
    ),
    (
        re.compile(
            r"(?:怎么?样?|如何|哪里|哪儿|去哪)(?:去|才能|能|可以)?(?:申请|申领|报名|领取?(?![导头])|抢|预约|投诉)|报名"
        ),
        re.compile("申请|申领|申报|报名|登录|登记|网上|线上|窗口|热线|凭|提交|一键|直达|免申|电话|预约"),
    ),
)
"""What a question asks for → one of what a sentence that says it must hold."""
_EITHER = re.compile(r"([\u4e00-\u9fff]{1,5})还是([\u4e00-\u9fff]{1,5})")
_WHICH_PLACES = re.compile(r"哪[些几](?:个|座)?(?:省|市|县|区|州|国家|城市|地方|地区|镇|村)(?!场)")
_REASON = re.compile(
    "因为|由于|之所以|原因|为的是|是因|考虑|得益于|基于|旨在|为了|以便|从而|使得|导致|关键|根本|因此|所以|只有|才能|正是|归功|就是要|目的"
    r"|\bbecause\b|\bsince\b"
)
_MEMBERS = re.compile(
    r"哪(?:几|[两二三四五六七八九十\d]+)[个所家项条座种类点支位好]?|另外[几两三四五六七八九十\d]+[个所家]|名单"
    r"|除了.{1,20}(?:还有|其他|另外)|叫什么|名字|[都有]有?谁|列一?下|分别是[什哪谁]"
)
_BESIDE = re.compile("除了?(.{2,20}?)(?:还有|之外|以外|外|,|其他|另外)")
_SERIES = re.compile(r"[^、,。;]{1,24}、[^、,。;]{1,24}|一是|[(:]|就是|叫做?|取名|名为")
"""How the members of a group are named, and how they stand in a text."""
_DEFINES = re.compile(rf"指的?是?(?:什么|啥|哪)|(?:什么|啥)(?:意思|含义)|含义|什么叫|是哪(?:几|{_NUMERAL})")
_QUOTES = re.compile('[“”"「」『』]')
_SAYS_WHAT = re.compile(
    r"[^,。]{0,8}?(?:[:(—]|,?(?:是指|指|就是|即|也就是|包括))|[^。]{0,15}(?:一是|第一|、[^、。]{2,14}、)"
)
_SUMS_UP = re.compile(
    r"(?:[^、,。;]{2,20}、){2,}[^、,。;]{2,20}$|[^、,。;]{2}这[个一项块张条座道把][\u4e00-\u9fff]{0,2}$"
)
"""What follows a term where the text says what it stands for, and what goes before one that sums up."""


def holds_kind(query: Query, text: str) -> bool:
    """Whether the text has something of the kind that is asked for: a number with that unit, a date."""
    folded, asked = fold(text), fold(query.search)
    if _WHICH_BODY.search(asked) and not _names_body(asked, folded):
        return False
    if not _meets(asked, folded) or (_WHICH_PLACES.search(asked) and not _names_other(asked, folded)):
        return False
    if query.kind == "time":
        return bool((_DAY if wants_day(query) else _TIME).search(folded))
    if query.kind == "person":
        return bool(_PERSON.search(folded)) or _names_other(asked, folded)
    if query.kind == "place":
        return _names_other(asked, folded) or bool(_PLACE.search(folded) and not _WHICH_PLACE.search(asked))
    if not _holds_amount(query, asked, folded):
        return False
    return query.kind != "number" or _holds_number(query.unit, folded)


def _meets(asked: str, folded: str) -> bool:
    """Whether the text has what the question's turn of phrase demands; of two things to choose from, one."""
    if any(wanted.search(asked) and not there.search(folded) for wanted, there in _DEMANDS):
        return False
    either = _EITHER.search(asked)
    return either is None or "的" in either[0] or any(char in folded for char in set(either[1]) ^ set(either[2]))


def lacks_meaning(query: Query, texts: Sequence[str]) -> bool:
    """Whether it is asked what a term stands for, and these texts use it and do not say."""
    asked = fold(query.search)
    term = phrases.TERM.search(asked) if _DEFINES.search(asked) else None
    parts = [_QUOTES.sub("", fold(text)).partition(term[1] if term else "\n") for text in texts]
    used = [(before, after) for before, there, after in parts if there]
    return bool(used) and not any(_SAYS_WHAT.match(after) or _SUMS_UP.search(before) for before, after in used)


def lacks_reason(query: Query, texts: Sequence[str]) -> bool:
    """Whether a reason is asked for of something that these texts do not deny, and they give none."""
    return query.kind == "reason" and not any(
        _REASON.search(fold(text)) or says_otherwise(query.question, text) for text in texts
    )


def lacks_members(query: Query, texts: Sequence[str]) -> bool:
    """Whether the members of a group are asked for, and these texts neither are several nor name several.

    Where one is named and the others are asked for, it has to stand in a series.
    """
    asked, said = fold(query.search), [fold(text) for text in texts]
    if not _MEMBERS.search(asked):
        return False
    if (beside := _BESIDE.search(asked)) and any(beside[1] in text for text in said):
        return not any(f"、{beside[1]}" in text or f"{beside[1]}、" in text for text in said)
    return not any(_SERIES.search(text) for text in said)


def _names_body(asked: str, folded: str) -> bool:
    """Whether the text names a company, a school or the like whose name is not the question's own words."""
    pairs = set(pairwise(asked))
    names = (list(pairwise(name.rpartition("是")[2])) for name in _BODY.findall(folded))
    return any(sum(pair in pairs for pair in name) < 0.4 * len(name) for name in names)


def _holds_amount(query: Query, asked: str, folded: str) -> bool:
    """Whether a measure of what is measured stands there, where the question names none."""
    if (query.unit and query.unit[0] in _MEASURES) or not _AMOUNT.search(asked) or _PROPORTION.search(asked):
        return True
    units = next((units for what, units in _ATTRIBUTES if what.search(asked)), "元" if _SPENT.search(asked) else "")
    shared = _CHANGED.search(asked) and _SHARE.search(folded)
    return not units or bool(shared or re.search(rf"{_NUMERAL}\s*[多余来万亿千百]*[{units}]", folded))


def _names_other(asked: str, folded: str) -> bool:
    """Whether the text names a place, or a person, that the question does not."""
    return any(name not in asked for name in [*names_in(folded), *_PLACE_NAME.findall(folded)])


def _holds_number(unit: str, folded: str) -> bool:
    if unit in RANKS:
        return bool(_RANK.search(folded))
    if unit in SHARES or _POINTS.match(unit):
        return bool(_SHARE.search(folded))
    if plain := unit.lstrip("万亿") or unit:
        same = _SAME_MEASURE.get(plain[0], plain[0] if plain[0] in _MEASURES else plain[0] + _COUNTERS + _AMOUNTS)
        same += _COUNTERS if plain[0] == "个" else "个" if plain[0] in _COUNTERS else ""
        measures = same + plain.lstrip("个")[:1]
        counted = rf"{_NUMERAL}[多余来]?(?:[万亿千百]|大|个)*(?:[{measures}]|的?{plain[-1]})"
        bare = rf"(?:\d[\d.]*[万亿]|(?=[一二两三四五六七八九]){_NUMERAL}(?<=[万亿]))(?=[、,，。;；以多余]|$)"
        return bool(re.search(f"{counted}|{bare}", folded))
    return bool(_NUMBER.search(folded))


def asks_withheld(query: Query, spans: Sequence[Span], speech: Speech) -> bool:
    """Whether a name is asked for that was taken out before publication.

    It is where the question itself points at the symbols, or at the speech's own place (`这个高新区叫什么`), or where
    they stand in the clause that answers or the one before it: followed by a title where a person is asked for and no
    other is named there (by the question's own title, if it has one), by the same noun where a place is.
    """
    asked = fold(query.search)
    noun = _NAMED.search(asked)
    if not speech.redactions or not (noun or _WHO.search(asked)):
        return False
    if _WITHHELD.search(query.question):
        return True
    called = next(g for g in noun.groups() if g) if noun else ""
    if noun and _OWN.search(asked[: noun.end()]):
        return any(re.match(rf"{called}(?![长委])", speech.text[after:]) for _, after in speech.redactions)
    titles = set(re.findall(_TITLE, asked))
    for start, end in _answering_clauses(query, spans, speech):
        another = not titles and _ANOTHER_PERSON.search(speech.text[start:end])
        for after in (b for a, b in speech.redactions if start <= a < end):
            title = re.match(_TITLE, speech.text[after : after + 4])
            if noun and called in re.split(r"[\W_]", speech.text[after : after + 8])[0]:
                return True
            if not noun and title and not another and (not titles or title[0] in titles):
                return True
    return False


def _answering_clauses(query: Query, spans: Sequence[Span], speech: Speech) -> list[Span]:
    """The clause that holds most of the question's bigrams, and the one before it; none where all hold little."""
    wanted = {pair for run in runs(query.focus) for pair in pairwise(run)}
    best: list[Span] = []
    share = 0.4
    for start, end in spans:
        clauses = [(start + m.start(), start + m.end()) for m in _CLAUSE.finditer(speech.text[start:end])]
        for i, (a, b) in enumerate(clauses):
            found = len(wanted & set(pairwise(fold(speech.text[a:b])))) / max(len(wanted), 1)
            if found > share:
                best, share = clauses[max(i - 1, 0) : i + 1], found
    return best
