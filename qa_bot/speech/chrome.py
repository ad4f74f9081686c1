"""What web pages print around a text, as patterns: buttons, breadcrumbs, posting lines, credits, links.

Nothing here decides that a line goes: `head.py` and `furniture.py` do, by where the line stands.
"""

from __future__ import annotations

import re

_PLAIN = (
    "下载 打印 打印本页 打印文章 打印此页 打印页面 全屏 收藏 收藏本页 收藏此文 加入收藏 我要收藏 字号 字体 字号大小"
    " 字体大小 文字大小 字号调整 加大 还原 减小 放大 缩小 增大 特大 超大 小字 中字 大字 小字号 中字号 大字号"
    " 分享让更多人看到 A+ A- 分享 分享到 分享至 分享到微信 分享到朋友圈 一键分享 转发 微信 微博 新浪微博 腾讯微博"
    " QQ QQ空间 QQ好友 朋友圈 微信好友 微信朋友圈 复制链接 二维码 首页 返回首页 返回 返回顶部 回到顶部 返回列表"
    " 返回上一页 关闭 关闭窗口 关闭本页 关闭页面 关闭此页 我要纠错 纠错 无障碍 无障碍阅读 长者模式 简体 繁体 繁體"
    " 语音播报 朗读 听新闻 播放 暂停 点赞 评论 登录 注册 设为首页 扫一扫在手机打开当前页 扫一扫在手机上查看当前页面"
    " 扫一扫手机打开 用手机看 手机看新闻 手机阅读 网站地图 联系我们 关于我们 点击图片进入专题 保存 English TOP"
)
_SLIGHT = "大 中 小 默认 正常 标准 更多 赞 × T"
_CAPTION = re.compile("|".join(map(re.escape, sorted(f"{_PLAIN} {_SLIGHT}".split(), key=len, reverse=True))))
_GAPS = " \u3000|｜/>》<《»«›‹→·•:：,，、【】[]［］()（）—-…*"
_TELLING = re.compile(r"字号|字体|打印|全屏|窗口|本页|此页|当前页|顶部|分享到|扫一扫|专题|纠错")

RELATED = re.compile(
    r"(?:[【“《].{1,40}[】”》]的?)?(?:相关|延伸|推荐|热门|猜你)(?:附件|链接|报道|文档|新闻|阅读|推荐|文章|稿件|喜欢|专题)[：:>》\s]*$"
    r"|(?:上|下)一(?:篇|条|页|则)\s?(?:[：:].{0,60})?$|友情链接\s?(?:[：:].{0,60})?$"
)
"""Headings of lists of links."""

DATE = r"(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?"
CLOCK = r"\d{1,2}\s?[:：时時]\s?\d{2}(?:\s?[:：分]\s?\d{2}秒?)?分?"
_LABEL = (
    r"(?:(?:发布|發布|发表|更新|编辑|成文|录入|上传|稿件|信息|文章|本文|新闻|内容)?(?:时间|時間|日期|来源|來源)"
    r"|(?:文章|责任|责任编|网络)?(?:作者|编辑|編輯)|责编|编审|(?:发布|发文|信息|公开)(?:机构|单位|部门|人|方式)|(?:点击|阅读|浏览|访问)(?:次数|数|量)?"
    r"|字数|索引号|栏目|(?:主题)?分类|发文字号|文号|稿源|供稿|撰稿|初审|复审|终审|审核|校对|监制|地点|地點)"
)
_POSTING = re.compile(
    rf"[\[【（(]?\s?{_LABEL}\s?[：:]|{DATE}\s*(?:{CLOCK}|\s(?:来源|來源|作者|浏览|点击))|{CLOCK}$"
    r"|(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}$"
)
_BYLINE = re.compile(
    r"(?:本报|本台|本网)?(?:记者|通讯员|特约记者|摄影|图|文)\s*[/／：:\s]\s*\S.{0,30}$|(?:本报|本台|本网)(?:记者|讯)"
)
EMPTY_LABEL = re.compile(rf"[\[【（(]?{_LABEL}\s?[：:]$")
POSTED = re.compile(rf"{DATE}(?:\s*{CLOCK})?")
SOURCE = re.compile(rf"(?:来源|來源|稿源)\s?[：:]\s*([^\s|｜】\]）)]+?)(?=[\s|｜】\]）)]|字号|{_LABEL}\s?[：:]|$)")
CATEGORY = re.compile(rf"(?:{DATE})(?:\s*{CLOCK})?\s+(?!星期)([^\s:：\d]{{2,12}})(?:\s|$)")
PLACE = re.compile(r"地[点點]\s?[：:]")
_HELD = re.compile(r"(?:时间|時間|日期|地点|地點)\s?[：:]")

_CRUMBS = re.compile(r"(?:当前|您的?|您当前的?|您现在的?|现在|你的|目前)(?:所在)?(?:的)?位置(?:是)?\s?[:：]")
CRUMB_SIGN = re.compile(r"\s*(?:>{1,2}|›|»|→|＞)\s*")
_SITE = re.compile(r"首页$|主页$|网$|Home$|中心$|频道$")
_OWNER = re.compile(
    r"版权所有(?:$|[：:\s©（(\d])|(?:版权|免责|特别)声明\s?(?:$|[：:])|Copyright|COPYRIGHT|.{0,30}©"
    r"|All Rights|Powered by|.{0,20}备案(?:序)?号\s?[：:]|.{0,12}公网安备\s?\d|网站标识码\s?[：:]"
    r"|[京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川贵云陕甘青蒙桂宁新藏]ICP[备证]"
    r"|(?:本文|本站|文章|原文)(?:来源|来自|转载自?|链接|地址|原?标题)\s?[：:]|(?:如需)?转载(?:请|须)(?:注明|联系|保留)"
)
_CREDIT = re.compile(
    r"(?:(?:信息|文章|稿件|内容)?来源|來源|稿源|作者|供稿|撰稿|(?:发布|更新|发表)(?:时间|日期|机构|单位|人)"
    r"|(?:点击|阅读|浏览|访问)(?:次数|数|量)?|推荐访问|相关热词|热门标签|标签|关键词|关键字|[Tt]ags?|技术支持"
    r"|[主承]办(?:单位)?)\s?[：:]"
    r"|(?:[\[【][^\]】]{1,6}[\]】]\s*)?[\[【（(]?"
    r"(?:(?:责任|网络)?编辑|責任編輯|责编|[初复终]审|审核|校对|监制)\s?[：:]"
    r"|(?:纠错|投诉|举报)(?:电话|邮箱)|扫一扫|微信扫|长按(?:识别)?二维码"
    r"|[0-9a-f]{16,}[：:]?$|https?://\S+$|第\s?\d+\s?页.{0,10}共\s?\d+\s?页"
)
_EDITOR = re.compile(
    r"小编.{0,24}(?:整理|收集|收藏|精心|带来|分享|编辑|准备)|小编.{0,80}大家(?:参考|借鉴|阅读|喜欢|有所帮助)"
)
CAPTION = re.compile(
    r".{0,80}(?:记者|通讯员|新华社|中新社|摄影)[^。；]{0,24}(?:摄|攝)(?:影)?[。）)]?$|(?:图为|图片来源|资料图|▲|△)[^。]{0,60}。?$"
)
_ENDS = "。！？!?；;"


def squeeze(text: str) -> str:
    """The letters, digits and characters of a line alone, to compare it with another."""
    return "".join(filter(str.isalnum, text))


def is_prose(text: str) -> bool:
    """Whether the line can only be text: it holds the end of a sentence, or is long."""
    return len(text) > 80 or any(mark in text for mark in "。；！？")


def is_buttons(text: str) -> bool:
    """Whether the line holds nothing but the captions of a page's buttons: `【字号： 大 中 小】`, `打印本页`, `|`."""
    if len(text) > 80:
        return False
    rest = text.strip(_GAPS)
    while rest:
        caption = _CAPTION.match(rest)
        if caption is None:
            return False
        rest = rest[caption.end() :].lstrip(_GAPS)
    return True


def is_telling(text: str) -> bool:
    """Whether a line of buttons can be nothing else, even if it is the only one: `打印本页`, not `大` or `评论`."""
    return len(text) >= 4 and bool(_TELLING.search(text))


def is_posting(text: str) -> bool:
    """Whether the line begins with a label (`来源：`) or is the moment of posting, and says nothing more."""
    return len(text) <= 160 and bool(_POSTING.match(text)) and not any(mark in text for mark in "。？！?!")


def is_byline(text: str) -> bool:
    """Whether the line names reporters: `本报记者 李四`."""
    return bool(_BYLINE.match(text)) and not is_prose(text)


def is_held(text: str) -> bool:
    """Whether a labelled line says when or where something took place."""
    return bool(_HELD.match(text))


def is_editors_note(text: str) -> bool:
    return len(text) <= 200 and bool(_EDITOR.search(text))


def is_credit(text: str) -> bool:
    """Whether the line names the owner of the page, its keywords, its editors, its registration."""
    if _OWNER.match(text):
        return len(text) <= 200
    return len(text) <= 80 and bool(_CREDIT.match(text)) and text[-1] not in _ENDS


def is_link_like(text: str) -> bool:
    """Whether the line may be the name of a link or of a person: short, and without the end of a sentence."""
    return len(text) <= 80 and text[-1] not in _ENDS + "：:…"


def crumbs(text: str) -> list[str] | None:
    """The steps of a breadcrumb on one line; None where the line is none."""
    label = _CRUMBS.match(text)
    steps = [step.strip() for step in CRUMB_SIGN.split(text[label.end() :] if label else text) if step.strip()]
    if len(text) > 200 or is_prose(text):
        return None
    if label or (len(steps) > 1 and _SITE.search(steps[0]) and all(len(step) <= 60 for step in steps)):
        return steps
    return None
