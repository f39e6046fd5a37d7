"""Sends one message by customer-service message, and says what became of it in the outbox's words."""

from bot.channels import wechat_words
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_outcomes import ApiRefused, ApiUnknown, ApiUnreached, Sent
from handlers.messages import Saying
from handlers.outbox import Fate


class WeChatSender:
    """The way out for pushes."""

    def __init__(self, api: WeChatApi) -> None:
        self._api = api

    async def send(self, openid: str, saying: Saying, _author: str) -> tuple[Fate, str]:
        """The fate of the message and WeChat's code; a send that nobody answered is "unknown"."""
        try:
            message = wechat_words.pushed(openid, saying)
        except wechat_words.CannotBePushed:
            return "refused", "not_pushable"
        match await self._api.send(message):
            case Sent():
                return "sent", ""
            case ApiRefused() as refusal:
                return "refused" if refusal.final else "again", str(refusal.errcode)
            case ApiUnreached():
                return "again", "unreached"
            case ApiUnknown():
                return "unknown", "no_answer"
