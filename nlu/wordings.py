"""Words that name a document, phone, step, error message or date, in a normalised text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DOCUMENTS = (
    ("foreign_permanent", "外国人永久居留(?:身份)?证?|永久居留(?:身份)?证|永居证?|五星卡|绿卡"),
    ("gat_residence", "港澳台(?:居民)?居住证|(?:台湾|香港|澳门|港澳)居民居住证|居住证"),
    ("taiwan", "台胞证|台湾居民来往大陆通行证|来往大陆通行证|台湾(?:人|同胞|居民|通行证|身份证)|台胞|台湾"),
    (
        "hkmt",
        "(?:港澳|香港|澳门)居民来往内地通行证|来往内地通行证|往来港澳通行证|港澳(?:台)?通行证|回乡(?:证|卡)|港澳|香港|澳门",
    ),
    (
        "foreign_passport",
        "(?:外国|外籍|美国|英国|加拿大|日本|韩国|德国|法国|澳大利亚|新加坡)(?:的)?护照|外国(?:人|友人)|外籍|老外",
    ),
    ("overseas_passport", "华侨(?:护照)?|护照|passport"),
    ("resident_id", "居民身份证|二代证|身份证"),
)
_STEPS = (
    ("open", "打开小程序|搜索小程序|进(?:入)?小程序|扫(?:二维)?码进"),
    ("input", "(?:录入|填写?|输入?)(?:自然人|个人|用户)?信息|证件类型|信息录入"),
    ("authorize", "授权"),
    ("notice", "注意事项"),
    ("agreement", "同意协议|暂不认证|勾选?协议"),
    ("face", "刷脸|扫脸|人脸(?:识别|核验|认证|验证)?|人像(?:采集|核验)?"),
    ("bankcard", "银行卡(?:核验|验证|信息|号)?|预留手机号?"),
    ("face_confirm", "确认(?:扫脸|刷脸)?(?:图片|照片)|(?:扫脸|刷脸)(?:图片|照片)"),
    ("todo", "待办(?:事项|列表)?"),
    ("business_confirm", "业务(?:确认|详情|信息)"),
    ("sign", "签字|签名|电子签"),
)
_ERRORS = (
    (
        "face",
        "人[像脸](?:信息)?(?:比对|对比|核验|识别)(?:未|没有?|不)通?过|人[像脸]比对(?:失败|不一致)|比对(?:未|不)通过",
    ),
    (
        "identity",
        "身份(?:信息)?(?:验证|核验|认证)(?:失败|未通过|不通过|没通过)|姓名(?:和|与)?身份证号?码?不(?:匹配|一致)",
    ),
    ("retry", "(?:请)?稍[后候](?:再|重)试|验证失败请?稍[后候]"),
    (
        "bankcard",
        "银行卡(?:信息)?(?:验证|核验|校验)(?:失败|未通过|不通过)|预留手机号?(?:不符|不一致|错误|不对)",
    ),
    (
        "camera",
        "(?:没有?|无|未(?:开启|授予|获得)|打不开|不能打开)(?:摄像头|相机)(?:的?权限)?|(?:摄像头|相机)(?:打不开|没有?权限)",
    ),
    ("limit", "(?:认证|验证|刷脸)?次数(?:已)?(?:超限|超过|过多|上限|用完)"),
)
_BRANDS = (
    ("huawei", "华为|huawei|mate ?[0-9x]+|nova ?[0-9]*"),
    ("honor", "荣耀|honor"),
    ("xiaomi", "小米|红米|xiaomi|redmi"),
    ("oppo", "oppo|一加|oneplus|realme|真我"),
    ("vivo", "vivo|iqoo"),
    ("apple", "苹果|iphone ?[0-9x]*|ipad"),
    ("samsung", "三星|samsung|galaxy"),
    ("meizu", "魅族|meizu"),
    ("zte", "中兴|zte|努比亚"),
    ("lenovo", "联想|摩托罗拉|lenovo"),
    ("senior_phone", "老人机|老年机|按键机|功能机"),
)
_SYSTEMS = (
    ("android", "安卓|安桌|android"),
    (
        "ios",
        "ios|iphoneos|ipados|苹果ios|(?:苹果|iphone) ?(?:[0-9x]{1,2} ?(?:plus|pro|max)? ?)?(?:手机)?的?系统",
    ),
    ("harmony", "鸿蒙|harmonyos|harmony"),
    ("miui", "miui|hyperos|澎湃"),
    ("emui", "emui|magicos"),
    ("coloros", "coloros|originos|funtouch"),
)
_NUMERAL = (
    "[0-9]{1,2}(?:[.点][0-9]{1,2}){0,2}|[一二三四五六七八九十]{1,3}(?:点[零一二三四五六七八九十]{1,2})?"
)
_SYSTEM = re.compile(
    "(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _SYSTEMS) + ")"
    " ?(?:手机)?(?:系统|版本号?|os)*(?:是|为|才|:|-|v)?(?:版本号?)? ?"
    rf"(?P<version>(?:{_NUMERAL})(?![0-9号月年]))?"
)
_DATE = re.compile(
    r"(?:(?P<y>(?:19|20)[0-9]{2})[年\-/.])?(?P<m>0?[1-9]|1[0-2])(?:月|(?<=[0-9])[\-/](?=[0-9]{1,2}[日号]))"
    r"(?P<d>0?[1-9]|[12][0-9]|3[01])[日号]?"
    r"|(?P<y2>(?:19|20)[0-9]{2})[\-/.](?P<m2>0?[1-9]|1[0-2])[\-/.](?P<d2>[12][0-9]|3[01]|0?[1-9])(?![0-9])"
    "|(?P<said>今天|昨天|前天|明天|上个?月|上(?:个?星期|周)[一二三四五六日天]?|这(?:个?星期|周)[一二三四五六日天]?)"
)
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九十")}


@dataclass(frozen=True, slots=True)
class Wording:
    """A word of the trade at text[start:end] of the normalised text; `value` is its canonical name."""

    kind: str
    value: str
    start: int
    end: int


def find_wordings(text: str) -> Iterator[Wording]:
    """The words of `text` (half width, lower case, simplified), kind by kind."""
    for kind, pattern in _KINDS:
        for found in pattern.finditer(text):
            yield Wording(kind, found.lastgroup or "", *found.span())
    for found in _SYSTEM.finditer(text):
        name = next(name for name, _ in _SYSTEMS if found[name])
        yield Wording("phone_system", f"{name} {_version(found['version'])}".strip(), *_trimmed(found))
    for found in _DATE.finditer(text):
        yield Wording("date", _day(found), *found.span())


def _trimmed(found: re.Match[str]) -> tuple[int, int]:
    """The span without the words after the name when no version followed."""
    if found["version"]:
        return found.span()
    name = next(name for name, _ in _SYSTEMS if found[name])
    return found.span(name)


def _version(said: str | None) -> str:
    """ "四点二" and "4.2" as "4.2"; nothing when no version was said."""
    if not said:
        return ""
    return ".".join(part if part.isdigit() else str(_count(part)) for part in re.split("[.点]", said))


def _count(said: str) -> int:
    """A small Chinese number: 四 4, 十 10, 十二 12, 二十 20."""
    if "十" not in said:
        return int("".join(str(_DIGITS[sign]) for sign in said))
    tens, _, ones = said.partition("十")
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)


def _day(found: re.Match[str]) -> str:
    if found["said"]:
        return found["said"]
    year, month, day = found["y"] or found["y2"], found["m"] or found["m2"], found["d"] or found["d2"]
    return "-".join([*([year] if year else []), f"{int(month):02}", f"{int(day):02}"])


def _either(table: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """One pattern for a whole table: at the same place the earlier line wins."""
    return re.compile("|".join(f"(?P<{name}>{words})" for name, words in table))


_KINDS = (
    ("document", _either(_DOCUMENTS)),
    ("step", _either(_STEPS)),
    ("error", _either(_ERRORS)),
    ("phone_brand", _either(_BRANDS)),
)
