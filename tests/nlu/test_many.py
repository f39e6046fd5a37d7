"""Contents that have grown: thousands of questions, a thousand topics, and topics with a single question."""

from functools import cache
from itertools import islice, product

from nlu.ear import Ear, EarSettings
from nlu.engines.embedded import KEPT
from nlu.engines.lessons import Keywords, lessons_of
from nlu.training import Topic, TrainingContent

WHO = ("餐馆", "药店", "网店", "诊所", "超市", "幼儿园", "养老院", "旅行社", "理发店", "加油站")
WHAT = ("执照", "公章", "商标", "发票", "年报", "章程", "环评", "股权", "社保", "开户")
DOES = ("怎么办", "怎么改", "去哪里", "多少钱", "要几天", "能加急吗", "怎么查", "找谁", "能退吗", "过期了")
ELSEWHERE = ("今天天气怎么样", "讲个笑话", "彩票几点开奖", "附近有什么好吃的")


def topics(how_many: int, *, questions: int) -> tuple[Topic, ...]:
    made = []
    for n, (who, what, does) in enumerate(islice(product(WHO, WHAT, DOES), how_many)):
        asked = tuple(f"{does}{what}，{who}第{m}家" for m in range(questions))
        made.append(Topic(f"t{n}", f"{who}{what}{does}", asked))
    return tuple(made)


def learnt(*made: Topic) -> Ear:
    return Ear.train(TrainingContent(made, ELSEWHERE), EarSettings(encoder=False))


@cache
def of_a_thousand() -> Ear:
    return learnt(*topics(1000, questions=5))


class TestAContentOfAThousandTopics:
    def test_is_told_apart_by_the_nearest_example(self) -> None:
        ear = of_a_thousand()
        assert ear.health()["head"] == "nearest"
        for topic in topics(1000, questions=0)[::97]:
            best = ear.understand(f"请问{topic.title}").guesses[0]
            assert (best.topic, best.nearest) == (topic.id, topic.title)

    def test_knows_what_belongs_elsewhere(self) -> None:
        assert of_a_thousand().understand("讲个笑话").zone != "answer"

    def test_is_not_left_to_a_head_that_takes_hours(self) -> None:
        assert learnt(*topics(600, questions=1)).health()["head"] == "ridge"


class TestATopicWithOneQuestionAmongThousands:
    def test_is_found(self) -> None:
        large = [
            Topic(topic.id, topic.title, tuple(f"{topic.title}第{n}次" for n in range(90)))
            for topic in topics(80, questions=0)
        ]
        assert sum(len(topic.questions) for topic in large) > KEPT
        small = Topic("small", "轮渡停航通知")
        ear = learnt(*large[:41], small, *large[41:])
        assert ear.understand("轮渡停航通知").guesses[0].topic == "small"
        assert ear.understand("诊所公章多少钱第3次").guesses[0].topic != "small"


class TestAChoiceOfVeryMany:
    def chosen(self, content: TrainingContent, count: int) -> set[str]:
        lessons = lessons_of(content, 10)
        return {lessons.texts[place] for place in lessons.spread(count)}

    def test_is_about_as_large_as_is_wanted(self) -> None:
        content = TrainingContent(topics(20, questions=100), ELSEWHERE)
        for wanted in (670, 400, 200):
            assert 0.8 * wanted < len(self.chosen(content, wanted)) < 1.2 * wanted

    def test_holds_the_standard_question_of_every_topic(self) -> None:
        content = TrainingContent(topics(300, questions=1), ELSEWHERE)
        assert {topic.title for topic in content.topics} <= self.chosen(content, 50)

    def test_changes_only_beside_a_question_that_is_new(self) -> None:
        first, *rest = topics(20, questions=100)
        before = self.chosen(TrainingContent((first, *rest), ELSEWHERE), 600)
        more = Topic(first.id, first.title, ("哪一天能去领", *first.questions))
        after = self.chosen(TrainingContent((more, *rest), ELSEWHERE), 600)
        assert len(before ^ after) <= 4


class TestKeywords:
    def test_are_found_wherever_they_stand(self) -> None:
        keywords = Keywords([("公章", "刻章"), (), ("章",), ("营业执照",)])
        assert keywords.named_in("我要刻公章").tolist() == [True, False, True, False]
        assert keywords.named_in("营业执照").tolist() == [False, False, False, True]
        assert not keywords.named_in("执照").any()
        assert not keywords.named_in("").any()
