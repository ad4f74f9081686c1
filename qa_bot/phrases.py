"""The turns of phrase by which a question says what it wants, in Chinese and English. Patterns over folded text.

Nothing here knows a speech: only how people ask.
"""

from __future__ import annotations

import re
from typing import Literal

from qa_bot.text import HAN

Kind = Literal[
    "person", "number", "time", "place", "reason", "manner", "list", "whether", "thing",
    "parts", "section", "paragraph", "paragraphs", "points", "beginning", "ending",
    "provenance", "smalltalk", "task", "empty",
]  # fmt: skip

CN = "零〇一二两三四五六七八九十百"
N = rf"(?:\d+|[{CN}]+)"
_MEASURE = "个家项点条大位名年次倍成所座种类方支批样块句岁天分元折起张吨斤米公小万千百亿"
_A_SPEECH = (
    r"(?:[本这该此](?:[篇次份场个])?|整[篇个份]|全篇)?(?:领导|同志|书记|[省市县区部院校局会董]长|主任)?的?"
    r"(?:(?<=[这该此本篇份次])汇报(?:材料)?|讲话稿?|发言稿?|工作报告|报告|演讲稿?|文章|讲稿|致辞|文稿|稿子|原文|全文|正文|文中|文本|材料)"
)
_SAY = (
    r"(?:中|里面|里|内|当中|之中|上)?(?:是(?!否|不是)|有(?!没有|无)|都|还|又|主要|明确|具体|特别|专门|一共|总共)*"
    r"(?:提到|谈到|讲到|说到|提及|指出|提出|认为|强调|要求|表示|说|讲|谈|写|介绍|论述|阐述|涉及)?(?:过|了|的是|的)?"
)

FRAME = re.compile(
    r"(?:有没有|有无|是否|怎么|如何)?(?:提到|提及|谈到|说到|讲到|涉及|提过|说过)(?:了|过)?"
    rf"|{_A_SPEECH}(?:有没有|有无|是否|怎么|如何)?{_SAY}|(?:[这那该]位)?(?:讲话人|讲话者|发言人|演讲者|报告人|作者|领导|发言者){_SAY}"
    r"|请问|请教|(?<![申邀聘])请(?!示)|(?:^|(?<=\W))麻烦(?:[你您]|一下)?|麻烦(?:[你您]|一下|(?=[帮问告查说列讲介]))|想(?:要)?请?(?:知道|了解|问)(?:一下)?|[我俺](?!们|国|省|市|区|县)|咱(?!们)"
    r"|帮忙?|给我(?!们|国|省|市|区|县)|就(?:行|可以|好)了?(?=\W|$)|告诉|一下|能否|能不能|可不可以|可以|谢谢|多谢|你好|您好"
    r"|根据|按照|关于|对于|至于|看看|查(?:一下|查)?|具体|究竟|到底|一共|总共"
)
"""How a question speaks of the speech and to the one asked: says nothing of what is wanted."""

ASKING = re.compile(
    r"(?:有|提出?|作出?|做出?)?了?(?:哪些|什么|啥|怎样的|哪几[条项点])(?:新|具体|重要|主要)?的?"
    r"(?:要求|部署|安排|规定|布局|举措|措施|办法|做法|打算|动作|说法)(?=\W|$)"
    r"|什么时候|什么时间|什么地方|什么样|什么|哪一?(?:年|天|月|日)"
    r"|哪(?:一些|些|几[个项点种方]面?|几|个|位|家|里|儿|一[个种项]|所|种|类|样|座|条|支|块|项)?"
    rf"|多少|第几|几(?=[{_MEASURE}月号])|怎么样|怎么办|怎么|怎样|如何|为什么|为啥|为何|何时|何地|何处|何人|是否|是不是|有没有"
    r"|谁|啥|[吗呢吧呀啊么](?=\W|$)|多[大高长远快久深宽厚重](?!力)|分别|对不?对|真的|是指|指的是|意思"
)
"""The question words."""

TERM = re.compile('[“"「『]([^”"」』]{2,14})[”"」』]')
"""A term between quotation marks."""
POINT = re.compile(
    r"什么时候|什么|啥|多少|几|谁|哪|怎么样|怎么|怎样|如何|为什么|为啥|为何|是否|是不是|有没有|会不会|能不能|多[大高长远快久]|吗"
    r"|\b(?:what|who|when|where|why|how|which)\b"
)
"""The question word that the asked thing stands beside."""

KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("list", re.compile(rf"哪(?:几|[{CN}]+)[个条点项大]*(?:原因|理由)|(?:原因|理由)(?:都?有|都?是)?哪[些几]")),
    (
        "reason",
        re.compile(
            r"为什么|为啥|咋会|怎么会|为何|缘何|何以|原因|为了(?:什么|啥)|图(?:[个的])?(?:什么|啥)|凭什么|凭啥|理由|\bwhy\b"
        ),
    ),
    (
        "person",
        re.compile(
            r"(?<!都有)(?<!还有)(?<![跟和与同])谁(?!家)|哪一?位|何人|什么人|哪些人(?![群才])|姓名|(?:[人位者员长师生手工友伴哥姐叔伯婆爷奶他她]|书记|主任|教授|先生|女士|同志|孩子|姑娘|小伙子?|老[汉师])[^,，]{0,3}(?<![都别])叫什么|\bwho(?:m|se)?\b"
        ),
    ),
    (
        "list",
        re.compile(
            r"哪些|哪方面|[都还]有谁|各[是有要]|[都别](?:有|是|有些|叫)?(?:啥|什么)|哪[几两三四五六七八九十]|有什么|列[举出]|分别|逐一|逐[条项个]"
            r"|\bwhat are\b|\blist\b"
        ),
    ),
    (
        "number",
        re.compile(
            rf"多少|(?<![这那好近前后十])几(?!点(?:钟|\W|$|[开关到结散起睡出入之以前后]))(?=[{_MEASURE}])|百分之几|第几|排名|位次|占比|比例|多[大高长远重深宽厚](?!力)"
            r"|\bhow (?:many|much|large|big|long)\b|\bwh(?:at|ich) (?:rank|percent|percentage|share)\b"
        ),
    ),
    (
        "time",
        re.compile(
            r"什么时候|何时|什么时间|哪一?[年天月日]|几[月号日]|几点(?:钟|\W|$|[开关到结散起睡出入之以前后])|日期|多久|时间(?:是|为)"
            r"|^\W*(?:by |since |until )?when\b|\bwhen (?:is|are|was|were|will|did|does|do|should|can)\b"
            r"|\bwh(?:ich|at) (?:year|date|day|month)\b"
        ),
    ),
    (
        "place",
        re.compile(
            r"(?<![差错难强好赢输]在)(?:哪里|哪儿|[什哪]么?个?地方)|何处|何地|地点|哪一?[个座]?(?:城市|市|县|区|省|州|国家|镇|村)(?!场)|\bwhere\b"
        ),
    ),
    ("manner", re.compile(r"怎么|如何|怎样|措施|办法|做法|举措|\bhow\b")),
    (
        "whether",
        re.compile(
            r"吗|是否|是不是|有没有|会不会|能不能|算不算|对不对|^(?:is|are|was|were|did|does|do|has|have|will|can)\b"
        ),
    ),
)
"""What kind of thing is asked for; the first that is found."""

WHICH = re.compile("哪一?[个家所座条支部款只位台名]|谁")
"""One of several is asked for."""
MENTION = re.compile(
    r"(?:提到|提及|说到|谈到|讲到|涉及|包括|提过|说过).*(?:吗|没有?|不)\W*$|(?:有没有|是否|有无)(?:提到|提及|说到|谈到|讲到|涉及|提|说|讲|谈)"
    r"|\b(?:does|did|do) .*\b(?:mention|say anything|talk about|refer)\b"
)
"""Whether something is mentioned at all: its own words have to stand there."""
FINE_TIME = re.compile(r"哪一?[天月日]|几[月号日]|日期|\bwh(?:ich|at) (?:date|day|month)\b")
UNIT = re.compile(
    r"(?:多少|(?<![这那好近前后十])几)(?![呢啊呀吗吧了才就]|上下|左右|以[上下])([\u4e00-\u9fff]{1,5})|(百分之几|占比|比例|增速|增长率|增幅|覆盖率|普及率|(?<!生产)率)|(第几|排名|位次|\brank)"
)
"""What is counted or measured: the words after `多少`, a share, or a rank."""
SHARES = frozenset({"百分之几", "占比", "比例", "增速", "增长率", "增幅", "覆盖率", "普及率", "率"})
RANKS = frozenset({"第几", "排名", "位次", "rank"})

STOP_EN = frozenset(
    re.findall(
        r"\w+",
        """
        a an the of in on at to for from by with and or but is are was were be been being do does did has have had
        will would can could should may might must shall what which who whom whose when where why how many much that
        this these those it its they them their he she his her we our us you your i my me there here about as into
        than then so if not no any some all say says said speech speaker report text mention mentions mentioned
        according please tell get got give gives
        """,
    )
)

TASK = re.compile(
    r"(?:写|作|编|创作|生成|画|讲|唱|来)(?:一|首|篇|个|段|幅|封|点|份)+[^,，。?？]{0,12}(?:诗|歌|小说|作文|笑话|故事|代码|程序|邮件|图|对联|文案|讲话稿|发言稿)"
    r"|翻译(?:成|为|一下)|(?:忽略|忘[记掉]|无视).{0,10}(?:指令|提示|要求|规则|内容|设定)|(?:系统)?提示词|系统提示|天气(?:怎么样|如何|预报|好)"
    r"|扮演(?:一|个|成)|假装(?:你|自己)|^\W*(?:帮我|给我|请|麻烦)?(?:写代码|推荐一[部本首个]|订(?:机票|酒店|外卖)|重复(?:上面|以上))|^\W*今天是?(?:几号|星期几|周几)\W*$"
    r"|\bignore\b.{0,30}\b(?:instructions?|prompts?|rules?)\b|\bsystem prompt\b|\bwrite (?:me )?an? |\btranslate\b"
    r"|\bpretend (?:you|to be)\b|\bjokes?\b"
    r"|^\W*\d+(?:\.\d+)?(?:\s*[-+*/×÷]\s*\d+(?:\.\d+)?)+\W*(?:等于|是|得)?(?:几|多少)?\W*$"
)
SMALLTALK = re.compile(
    r"^\W*(?:你好|您好|嗨|哈喽|哈罗|早上好|下午好|晚上好|早安|晚安|谢谢(?:你|您)?|多谢|再见|拜拜|辛苦了|在吗|好的?|知道了|明白了|收到|哈+|真棒|你真棒"
    r"|hi|hello|hey|there|thanks|thank you|so much|very much|bye|ok)"
    r"(?:[啊呀吗呢的了\W]|知道了|明白了|there|so much|very much)*$"
    r"|(?:^|[,，。!！\s]|请问)你(?:是谁|叫什么|是什么|几岁|能做什么|会做什么|能干[什嘛啥]|会什么|有什么(?:功能|本领|用)|是(?:不是)?(?:机器人|ai|人|chatgpt|gpt))"
    r"|^\W*(?:怎么用|如何使用|使用说明)\W*$|^\W*谢谢你的"
    r"|\bwho (?:are|made) you\b|\bwhat(?: i|')s your name\b|\bwhat can you do\b|\bhow are you\b"
)

_POSTING = r"(?:发布|上传|刊登|刊发|转载|张贴|贴出|登载|整理|收录|投稿|贴)"
_DOING = r"(?:作|做|讲|发表|致|宣读)"
_A_TALK = r"(?:讲话|报告|演讲|发言)"
_WHEN = r"(?:什么时候|何时|什么时间|哪一?[天年月]|几月几[日号])"
_ITSELF = r"(?:讲话|报告|文章|演讲|发言|稿子|页面|网页|这篇|原文|全文)"
PROVENANCE: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "posted",
        re.compile(
            rf"{_ITSELF}.{{0,6}}{_POSTING}(?:出来)?的?(?:时间|日期)|{_ITSELF}.{{0,6}}{_WHEN}{_POSTING}"
            rf"|^\W*(?:请问)?{_WHEN}{_POSTING}"
            r"|\b(?:speech|page|text|article|report)\b.*\b(?:posted|published)\b"
            r"|\b(?:posted|published) (?:the|this) (?:speech|page)\b"
        ),
    ),
    (
        "site",
        re.compile(
            rf"(?:哪个|什么)(?:网站|网页|站点)|{_ITSELF}.{{0,6}}谁{_POSTING}|^\W*谁{_POSTING}|出处"
            rf"|{_ITSELF}的?来源|\bwhich website\b"
        ),
    ),
    ("category", re.compile(r"(?:哪个|什么)栏目|网页.{0,4}(?:分类|类别)")),
    (
        "title",
        re.compile(r"(?:讲话|报告|文章|演讲|页面|网页)的?(?:标题|题目|题名)|\btitle of the (?:speech|report|page)\b"),
    ),
    (
        "speaker",
        re.compile(
            rf"谁{_DOING}的?(?:这|该|此|本)?[次篇份个]?的?{_A_TALK}|{_A_TALK}(?:人|者)(?:是(?:谁|哪[位个]|什么人|何人)|叫|姓)|{_A_TALK}是(?:由)?谁{_DOING}"
            rf"|{_DOING}(?:了)?(?:这|该|此|本)[次篇份个]?{_A_TALK}的(?:人|领导|同志|是谁)"
            r"|\bwho (?:gave|delivered|made) th(?:e|is) (?:speech|report|address)\b|\bwho is the speaker\b"
        ),
    ),
    (
        "occasion",
        re.compile(
            rf"{_A_TALK}是?在?(?:{_WHEN}|哪里|哪儿|什么(?:会议|场合|会)上?|哪个会议?上?){_DOING}的?"
            r"|\b(?:when|where) was (?:the|this) (?:speech|report|address) (?:given|delivered|made)\b"
        ),
    ),
)
"""Field of `Provenance` → how people ask for it. When a speech was held is not when its page was posted."""

NTH_EN = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final"
_PART = r"(?:部分|标题|章节|章|节|块|板块|点意见|大点|大部分|[那这]一(?:项|条|方面|点))"
SECTION = re.compile(
    rf"(?:第({N})|(最后一|末))个?大?{_PART}"
    r"|(?:part|section) (\d+|one|two|three|four|five|six|seven|eight|nine|ten)\b"
    rf"|\b({NTH_EN}) (?:part|section)\b"
)
SUBSECTION = re.compile(
    rf"{_PART}.{{0,6}}?第({N})个?(?:[要重小]点|点|方面|小?[条项段节]|小标题|层|任务|要求|措施|举措)"
)
_AT_EDGE = "开头|开篇|开场|结尾|末尾|收尾"
PARAGRAPH = "(?:自然)?段(?!时间|时光|时期|日子|岁月|经历|历史|路(?![线径])|高速|公路|铁路|隧道)落?"
"""Not a stretch of time or of a way."""
SURELY = re.compile(r"第|倒数|最后|末段|\bparagraphs?\b")
"""A paragraph is meant, whatever else is named: `前两段婚姻` are none."""
_TELLS = (
    r"(?:里面?|中|当中|主要|具体|大致|分别|一共|总共|今年|在|从|安排了?|[都又还先是要办干,，])*"
    r"(?:讲|说|谈|写|提|列|有[哪几什]|包[括含]|怎么|怎样|如何|要求|分(?!之)|第|点了?|底下|下面|开头|结尾|排|[的几哪]|什么|\W*$)"
)
"""What a part does, unlike a share of something: `自己掏的那部分` and `那块地` are none."""
NAMED_PARAGRAPH = re.compile(
    rf"(?:(?<!{_AT_EDGE})(?<!(?:{_AT_EDGE})的)(?<!开场白)(?<!开场白的)[那这]一?|(?<![每那这])一)(?:{PARAGRAPH}话?|节|(?:部分|块)(?={_TELLS}))(?:里|中|主要)?(?![呢儿])"
    r"|[那这]一(?:项|条|方面|点)(?:里|中|底?下面?)?(?![呢儿])"
)
PARTS = re.compile(
    rf"(?:几|哪几?|多少|[{CN}])个?[大小]?(?:部分|章|节|板块|大块|块(?=组成|构成|内容))|(?:(?<=的)|(?<=讲话)|(?<=报告)|(?<=全文)|(?<=文章)|^)(?:整体|总体)?(?:结构|框架|提纲|大纲|目录)"
    rf"(?!调整|优化|升级|转型|协议|性)|(?:几|哪|[{CN}]+)(?:点|条)(?:意见|要求|建议)"
    rf"|(?:(?:讲|谈|说|提|列|写)[了出]?|分(?:了|成|为|作)?|从)(?:哪?几|哪?[{CN}])(?:个|件|大|小)*(?:[点条段节项层块]|方面|问题|大?事|要求|(?=[“\"]|(?![年月日天期次批])[{HAN}]{{2}}\W*$))"
    r"|(?:讲|谈|说|提|列|写|分|从)[了出成为]?哪些(?:方面|要点)"
    r"|[各每]个?(?:[小大分]|小?节的?)?标题|小标题"
    r"|\b(?:section|part|chapter) (?:titles|headings)\b|\b(?:titles|headings) of (?:the|its|all) (?:sections|parts)\b"
    r"|\bhow many (?:parts|sections)\b|\b(?:structure|outline)\b|\bparts of the (?:speech|report)\b"
)
POINTS = re.compile(
    r"主要(?:内容|讲|说|谈|观点|意思|精神|思想)|主旨|中心(?:思想|内容|意思)|核心(?:内容|思想|观点|要点|意思|精神)|(?<![重主需])要点(?![位名燃])|概括(?![成为起])|总结|概述|摘要|大意|梗概|(?<!大)概要"
    r"|重点(?:内容|是什么)|讲了些?(?:什么|啥)|说了些?(?:什么|啥)|谈了些?(?:什么|啥)"
    r"|\bsummar|\bmain (?:points?|ideas?|message)\b|\bgist\b|\bkey points\b|\bspeech about\b"
)
EDGE = re.compile(
    r"(?:(?<![段分节章条])(?:开头|开篇|开场白?|结尾|一上来|散会之?前)|(?:^|(?<=最后)|(?<=最后的)|(?<=[话告辞讲言章文篇,，]))收尾|收尾(?=时)|结束语|结语|(?:^|(?<=[讲话告辞讲言章文篇,，]))一开始"
    r"|(?:讲话|报告|致辞|演讲|发言|文章|全文|篇)的?(?:最后|末尾|尾声)|(?:快|临近)?(?:结束|讲完|说完)(?:之?前|的?时候?))"
    r"(?:部分|处|时候?|的?[那这]?[几一]?[句段]?话?|里|中)?(?:[,，][^,，]{2,10}(?:之?[前后]))?[,，]?(?:[他她](?:们)?)?"
    r"(?:又|还|是|都|先|就|首先|主要)*(?:[跟向对和给](?:大家|我们|听众))?"
    r"(?:怎么|怎样|如何|引|借|用|落|停|是|向|对|发出|说|讲|提|号召|呼吁|寄语|祝|以|念|拿|做|收|感谢|表达|描述|回忆|回顾|交代|介绍|谈|打了?个?|要求|希望|强调|指出|表示"
    r"|解释|说明|落脚|从[^,，]{0,10}[说讲谈]起)"
    rf"|(?<![段分节章条])(?:{_AT_EDGE}|开场白)的?[那这]一?{PARAGRAPH}"
    r"|(?:拿|用|以|从|怎么|怎样|如何|靠)[^,，]{0,12}(?:开的?头|开的?场|开了?[头场]|收的?尾|结的?尾|收了?尾|作结|起头)"
)
"""What the speech does at its beginning or end, whatever else the question names."""
BEGINNING = re.compile(
    r"开头|开篇|一开始|一上来|开场|开的?头(?=\W|$)|开了头|起头|\b(?:begins?|beginning|opening|opens|starts?)\b"
)
ENDING = re.compile(
    r"结尾|结束语?|结语|末尾|散会之?前|(?:最后的?)?收的?尾|尾声|作结|(?:快|临近)(?:结束|讲完|说完)|最后(?:一[段句]|是?怎么|如何|说|讲|呼吁|号召|提出|发出|用)"
    r"|(?:讲话|报告|致辞|演讲|发言|文章|全文)的?最后(?=又|还|祝|向|希望|感谢|寄语|要求|强调|指出|表示|谈)"
    r"|\b(?:ends?|ending|close|closes|closing|conclude|concludes|conclusion)\b"
)
BACK = re.compile("去年|上年|回顾|过去|成绩|成就|这[一五]年(?!内)|[一五]年来")
"""A question about what was, not about what is to be done."""
COUNTED = re.compile(
    rf"(?<![第那这])(?<![{CN}])({N})(?:个(?!百分)|大)?(?:方面|项|条|点|件|类|大|场|句|样|步|笔|种|招)(?!钟|五年)"
)
"""How many members a list has that is asked for: `哪十条`, `五个方面`."""
MEMBER = re.compile(
    rf"^(?=.*?[{HAN}]{{4}})([^,，]+?)[,，]?(?:(?!第一个[^\W是呢方重任要目讲说有包])(?:第({N})|(最后一))(?:大|个)?(?:方面|[项条点件个类])(?!部|五年)"
    rf"|排在?第({N})(?![{CN}]))"
)
"""One member of an enumeration is asked for, and of which."""
OUTLINE_FILLER = re.compile(
    rf"除了?[^,，]{{1,20}}?(?:以外|之外|外(?=[,，]))|(?<=从[{HAN}]{{2}})到|(?<=从[{HAN}]{{3}})到|底下|下面|后面|前面|里头"
    r"|主要|主题句|内容|意思|要求|意见|建议(?!书)|时(?=\W|$)|部分|方面|章节|板块|展开|总结|[大小]?[块段条节项](?!目)|要点|标题|题目|名称|逐一|逐[条项个]|把(?![握关手脉])|讲|说|谈|写|提|分|成(?![绩果就效立本])|为|(?<!工)作|了|句|话|段|题|号召|呼吁|大家|以|用|来|整体|总体|全|共|有|每|各|叫|个|都|从|哪|由|组"
)
"""What a question about the whole may say besides, and still mean the whole."""
OUTLINE_EN = frozenset(
    [
        "main",
        "part",
        "parts",
        "point",
        "points",
        "whole",
        "brief",
        "briefly",
        "short",
        "message",
        "key",
        "title",
        "titles",
        "heading",
        "headings",
        "structure",
        "outline",
        "summary",
        "summarise",
        "summarize",
        "idea",
        "ideas",
        "gist",
        "three",
        "two",
        "four",
        "five",
        "first",
        "last",
        "quote",
        "read",
        "show",
    ]
)

ITSELF = re.compile(rf"{_A_SPEECH}|\b(?:speech|report|speaker)\b")
"""A question that speaks of the speech itself needs no earlier one."""

ANAPHOR = re.compile(
    r"^(?:那么|那|还有|然后|另外|其中|接着|除此|此外|具体|进一步|and\b|then\b|what about|how about)"
    r"|[它他她](?:们)?|这(?:个|些|项|一|种|样|里|点|方面|件|家|支|笔|么|对|会|能|是)|那(?:个|些|项|一|种|样|里|点|家)"
    rf"|(?<![尤与如])其(?!他|它|余|实|次|中)|前者|后者|上述|最后[那一]*[个点条项](?!部)|第{N}(?:个|点|条|项)(?!部)"
    r"|\b(?:it|its|they|them|their|that|those|these|he|she|his|her)\b|\bthe \w+ one\b"
)
"""What points back at an earlier question or its answer."""

PASSING = re.compile(
    r"今年|去年|明年|前年|当年|目前|现在|当前|最近|之前|以前|以后|未来|实际|预计|计划|打算|准备|目标|接下来|下一步|后来|最后|做到|才能|做|干|还|再|又|也|已经?|[一两几五十]年|年|月|日|\d+|的|了|要"
)
"""Words that shift a question in time or degree; what is left without them says whether it stands alone."""

ABOUT = re.compile(
    r"^(?:那么|那|还有|至于|接着|其中)?(.{1,14}?)(?:方面|[那这]一?块|部分|的)?(?:又是|又)?(?:呢|怎么样|如何)[?？]*$"
    r"|^(?:那么|那|还有|至于|其中)?(.{1,8}?)呢[,，].*$"
    r"|^(?:and |what about |how about )(.+?)\?*$"
)
YEAR = re.compile(
    r"(?:(?:19|20)\d\d|今|去|明|前|上)年(?!度)|目前|现在|当前"
    r"|\b(?:in )?(?:(?:19|20)\d\d|this year|last year|next year)\b"
)
AND = re.compile(r"\s*(?:、|以及|(?<!\w中)[和与](?![谐平])|\s)\s*")
_THING = r"[^、,，。:：;；?？!！\s]{1,14}?"
THINGS = re.compile(
    rf"({_THING}(?:(?:、|\s+){_THING})*(?:、|\s+|以及|[和与]){_THING})[,，]?"
    rf"(?=\s*(?:[这那等各]|分别|都|(?:[几{CN}]|\d+)[个样块项件家类种]|[今去]年|$))"
)
"""Several things in a row, of each of which the same is asked where `APIECE` says so; what stands between two."""
APIECE = re.compile(
    rf"各自?(?!种|类|级|地|界|方|部|位|省|市|县|区|乡|族|项)|分别|[这那][几{CN}\d]+(?:个[{HAN}]{{0,3}}|[样块项])(?=\W|$)"
)
INNER_SPACE = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
PREAMBLE = re.compile(
    r"(?:我|你|您|俺|麻烦|请)[^,，。:：!！?？]*[:：]|请问|请教|(?:想|要)(?:要|请你|请)?(?:问|知道|了解|弄清楚?|搞清楚?|打听)(?:一下|下|问)?"
    r"|(?:帮我?|给我)(?:找|查|看)(?:找|查|看|一[找查看下])*(?=[^完出到])"
)
"""What ends the telling of who asks, and why, before the question itself."""
LINK = re.compile(r"^\s*(?:那么|那|其中|还有|然后|接着|另外|and\b|then\b|(?:what|how) about\b)\s*")
"""What only ties a follow-up to what went before."""
ITEM = re.compile(
    rf"第({N})(?:[个点条项家种类件步场笔招样块]|方面|(?=[呢\W]|$))|\bthe ({NTH_EN}) one\b|(最后)[那一]*[个点条项]"
)
BARE_POINT = re.compile(rf"^(?:那么?|请问)?第({N})(?:大?点|个?方面)(?!呢)")
"""A point that needs no earlier question."""
