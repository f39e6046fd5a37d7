"""A small but real content, and an ear trained on it once."""

import pytest

from nlu.ear import Ear, EarSettings
from nlu.training import Topic, TrainingContent

FACE = Topic(
    "fail_face",
    "人像比对未通过怎么办",
    (
        "人像比对未通过",
        "刷脸一直不过怎么办",
        "脸刷不过去",
        "扫脸老失败",
        "我刷了好几次脸都说不是本人",
        "人脸识别通不过",
        "光线好也刷不过脸",
        "扫脸的时候说比对失败",
        "为啥我的脸认不出来",
        "刷脸失败",
        "人脸比对不成功",
        "咋老说我的脸跟照片不一样",
        "脸一直验不过",
        "刷脸不通过",
        "人脸没通过",
        "人脸识别老是失败",
    ),
    negatives=("单位打卡机刷脸不过",),
    keywords=("刷脸", "扫脸"),
)
FEE = Topic(
    "fee",
    "认证收费吗",
    (
        "要不要钱",
        "收费吗",
        "这个认证要花多少钱",
        "免费的吗",
        "做验证收不收费用",
        "要交钱吗",
        "得花钱不",
        "会不会扣钱",
        "用这个要付费吗",
        "办这个贵不贵",
        "需要缴费吗",
        "认证一次几块钱",
        "是不是免费",
        "收我钱不",
        "有没有手续费",
        "费用多少",
    ),
    keywords=("收费", "免费"),
)
OPEN = Topic(
    "how_open",
    "怎么打开小程序",
    (
        "小程序在哪",
        "怎么进小程序",
        "在支付宝里怎么找到小程序",
        "小程序怎么打开",
        "从哪里进去",
        "支付宝搜什么",
        "怎么搜索小程序",
        "入口在哪",
        "找不着进去的地方",
        "打开小程序的步骤",
        "搜索栏输什么字",
        "咋个进小程序",
        "进小程序要点哪",
        "怎么才能进到小程序里面",
        "小程序入口",
        "告诉我怎么进去",
    ),
    keywords=("打开", "入口"),
)
ELSEWHERE = (
    "今天天气怎么样",
    "讲个笑话",
    "社保怎么交",
    "公积金怎么提取",
    "帮我订张火车票",
    "附近有什么好吃的",
    "驾照到期怎么换",
    "医保卡丢了怎么补",
    "股票会涨吗",
    "你几岁了",
    "明天会下雨吗",
    "怎么学英语",
    "推荐一部电影",
    "孩子上学怎么报名",
    "婚姻登记要预约吗",
    "水电费在哪查",
)
CONTENT = TrainingContent((FACE, FEE, OPEN), ELSEWHERE)


@pytest.fixture(scope="session")
def ear() -> Ear:
    return Ear.train(CONTENT)


@pytest.fixture(scope="session")
def deaf_ear() -> Ear:
    """Without the sentence encoder."""
    return Ear.train(CONTENT, EarSettings(encoder=False))
