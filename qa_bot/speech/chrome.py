"""What web pages print around a text, as patterns: buttons, breadcrumbs, posting lines, credits, links.

Nothing here decides that a line goes: `furniture.py` does, by where the line stands.
"""

from __future__ import annotations

import re

_PLAIN = (
    "下载 打印 打印本页 打印文章 打印此页 全屏 收藏 收藏本页 加入收藏 我要收藏 字号 字体 字号大小 字体大小 文字大小 加大 还原 减小 放大 缩小"
    " 增大 分享 分享到 分享至 分享到微信 分享到朋友圈 一键分享 转发 微信 微博 新浪微博 腾讯微博 QQ QQ空间 QQ好友 朋友圈 微信好友 微信朋友圈"
    " 复制链接 二维码 首页 返回首页 返回 返回顶部 回到顶部 返回列表 返回上一页 关闭 关闭窗口 关闭本页 关闭页面 关闭此页 我要纠错 纠错 无障碍"
    " 长者模式 无障碍阅读 简体 繁体 繁體 语音播报 朗读 听新闻 播放 暂停 点赞 评论 登录 注册 设为首页 相关附件 相关链接 相关报道 相关文档"
    " 相关新闻 相关阅读 相关推荐 相关文章 相关稿件 相关信息 相关内容 相关资料 相关专题 延伸阅读 推荐阅读 热门推荐 猜你喜欢 扫一扫在手机打开当前页"
    " 扫一扫在手机上查看当前页面 扫一扫手机打开 用手机看 手机看新闻 手机阅读 TOP 打印页面 字号调整 小字 中字 大字 特大 超大 下一篇 上一篇"
    " 点击图片进入专题 收藏此文 保存 English 网站地图 联系我们 关于我们 A+ A-"
).split()
_SLIGHT = "大 中 小 默认 正常 标准 更多 赞 × T".split()
_GAPS = " \u3000|｜/>》<《»«›‹→·•:：,，、【】[]［］()（）—-…*"
RELATED = re.compile(
    r"(?:相关|延伸|推荐|热门|更多|猜你)(?:附件|链接|报道|文档|新闻|阅读|推荐|文章|稿件|信息|内容|资料|喜欢|专题)[：:>》\s]*$"
    r"|(?:上|下)一(?:篇|条|页|则)[：:]?.{0,60}$|友情链接[：:]?.{0,60}$"
)
"""Headings of lists of links."""

DATE = r"(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?"
CLOCK = r"\d{1,2}\s?[:：时時]\s?\d{2}(?:\s?[:：分]\s?\d{2}秒?)?分?"
_LABEL = (
    r"(?:发布|發布|发表|更新|编辑|成文|录入|上传|稿件|信息|文章|本文|新闻|内容|责任|资料)?"
    r"(?:时间|時間|日期|来源|來源|作者|编辑|編輯|责编|责任编辑|編審|机构|单位|部门|人|次数|点击数|点击|点击量|阅读|阅读数|阅读量|浏览|浏览量"
    r"|浏览次数|访问量|字数|索引号|栏目|分类|主题分类|发文字号|文号|稿源|供稿|撰稿|初审|复审|终审|审核|校对|监制|摄影|记者|通讯员|公开方式)"
)
POSTING = re.compile(rf"[\[【（(]?\s?{_LABEL}\s?[：:]|{DATE}\s*(?:{CLOCK}|\s(?:来源|來源|作者|浏览|点击)|$)|{CLOCK}$")
"""A line that begins with a label (`来源：`), or is the moment of posting."""
EMPTY_LABEL = re.compile(rf"[\[【（(]?{_LABEL}\s?[：:]$")
POSTED = re.compile(rf"{DATE}(?:\s*{CLOCK})?")
SOURCE = re.compile(r"(?:来源|來源|稿源)\s?[：:]\s*([^\s|｜】\]）)]+)")
CATEGORY = re.compile(rf"(?:{DATE})(?:\s*{CLOCK})?\s+([^\s:：\d]{{2,12}})(?:\s|$)")

_CRUMBS = re.compile(r"(?:当前|您的|您当前的?|您现在的?|现在|你的|所在|目前)?(?:所在)?位置(?:是)?\s?[:：]")
CRUMB_SIGN = re.compile(r"\s*(?:>{1,2}|›|»|→|＞|》)\s*")
CREDIT = re.compile(
    r"(?:推荐访问|相关热词|热门标签|标签|关键词|关键字|[Tt]ags?)\s?[：:]|版权所有|版权声明|免责声明|特别声明|Copyright|COPYRIGHT|©|All Rights"
    r"|Powered by|.{0,20}备案(?:序)?号\s?[：:]|[京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川贵云陕甘青蒙桂宁新藏]ICP[备证]|.{0,12}公网安备|技术支持\s?[：:]"
    r"|主办单位?\s?[：:]|承办单位?\s?[：:]|网站标识码|(?:本文|文章|转载).{0,12}(?:注明|来自|来源|转载|链接|地址)|原文(?:链接|地址)"
    r"|[\[【（(]?(?:责任编辑|责编|编辑|編輯|网络编辑|初审|复审|终审|审核|校对|监制|值班)\s?[：:].{0,30}$|(?:纠错|投诉|举报)(?:电话|邮箱)"
    r"|扫一扫|扫码|微信扫|长按(?:识别)?二维码|[0-9a-f]{16,}[：:]?$|.{0,30}©|https?://\S+$|第\s?\d+\s?页.{0,10}共\s?\d+\s?页"
)
"""Credits, copyright, keywords, registration numbers, codes."""
EDITOR = re.compile(r"小编.{0,24}(?:整理|收集|收藏|精心|带来|分享|编辑|准备)|(?:供|以供)大家(?:参考|借鉴|阅读)|(?:希望|欢迎).{0,12}(?:喜欢|阅读|下载|收藏)")
CAPTION = re.compile(
    r".{0,80}(?:记者|通讯员|新华社|中新社|摄影)[^。；]{0,24}(?:摄|攝)(?:影)?[。）)]?$|(?:图为|图片来源|资料图|▲|△)[^。]{0,60}。?$"
)
SPEAKER_LABEL = re.compile(r"(?:主讲人?|演讲者|演讲人|讲话人|发言人|致辞人|报告人|讲者|講者|演講者)\s?[：:]\s*(\S.{0,30})$")
_POSTS = (
    "总书记|总理|副总理|国务委员|主席|副主席|省长|副省长|市长|副市长|县长|区长|州长|盟长|旗长|镇长|乡长|书记|副书记|部长|主任|局长|厅长|司长|处长|校长"
    "|院长|所长|会长|理事长|董事长|行长|总裁|总经理|秘书长|委员长|检察长|总统|首相|大使|行政长官|教授|司令员|政委"
)
_NAME = r"[\u4e00-\u9fff][\u4e00-\u9fff·•\s\u3000]{0,14}[\u4e00-\u9fff]"
SPEAKER = re.compile(rf"([^，。：；、\s]{{0,24}}(?:{_POSTS})(?:、[^，。：；\s]{{2,20}}(?:{_POSTS}))?[\s\u3000]*{_NAME})$")
NAME_ALONE = re.compile(r"[\u4e00-\u9fff][\s\u3000]*[\u4e00-\u9fff](?:[\s\u3000]*[\u4e00-\u9fff])?$")
DAY = r"(?:19|20|二[〇○零])[\d〇○零一二三四五六七八九十]{2}年[\d一二三四五六七八九十]{1,3}月(?:[\d一二三四五六七八九十]{1,3}日)?"
OCCASION = re.compile(rf"——\s?\S.{{1,60}}$|[（(]?{DAY}(?:[^。；！？]{{0,50}}(?:上|会|大会|会议|论坛|仪式|典礼))?[）)]?$")
OCCASION_SPEAKER = re.compile(rf"({DAY}\s?(?:在|于)[^。；！？\s]{{2,50}}(?:上|会议|大会))[\s\u3000]+(\S.{{1,30}})$")
TITLE_LIKE = re.compile(
    r"[^。！？；：]{2,60}(?:讲话|致辞|致词|演讲|发言|工作报告|的报告|主持词|贺词|献词|贺信|讲稿|讲话稿|发言稿|演讲稿|演讲词|開幕詞|开幕词|闭幕词|答谢词"
    r"|欢迎词|悼词|寄语|講話|致辭|致詞|演講|發言|工作報告|Speech|Address|Remarks)(?:稿|全文|摘要|实录)?(?:[（(][^（）()]{1,16}[）)])?$"
)


def squeeze(text: str) -> str:
    """The letters, digits and characters of a line alone, to compare it with another."""
    return "".join(c for c in text if c.isalnum())


def is_buttons(text: str) -> bool:
    """Whether the line holds nothing but the captions of a page's buttons: `【字号： 大 中 小】`, `打印本页`."""
    return len(text) <= 80 and _left(text) == ""


def is_slight(text: str) -> bool:
    """Whether it holds a single character or sign of a row of buttons: `大`, `>`, `】`."""
    return text in _SLIGHT or all(c in _GAPS for c in text)


def _left(text: str) -> str:
    """What is left of a line without the captions, by the longest caption first."""
    rest = text.strip(_GAPS)
    while rest:
        caption = next((w for w in _CAPTIONS if rest.startswith(w)), None)
        if caption is None:
            return rest
        rest = rest[len(caption) :].lstrip(_GAPS)
    return rest


_CAPTIONS = sorted([*_PLAIN, *_SLIGHT], key=len, reverse=True)


def crumbs(text: str) -> list[str] | None:
    """The steps of a breadcrumb on one line; None where the line is none."""
    label = _CRUMBS.match(text)
    rest = text[label.end() :] if label else text
    steps = [step.strip() for step in CRUMB_SIGN.split(rest) if step.strip()]
    if label or (len(steps) > 1 and steps[0].endswith("首页")) or (len(steps) > 2 and all(len(s) <= 40 for s in steps)):
        return steps
    return None
