"""Sends one message by customer-service message, and says what became of it in the outbox's words."""

from bot.channels import wechat_words
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_outcomes import ApiError, ApiRefused, ApiUnknown, ApiUnreached, Sent
from handlers.messages import PassToWeChatAgents, Saying
from handlers.outbox import Fate


class WeChatSender:
    """The way out for pushes."""

    def __init__(self, api: WeChatApi) -> None:
        self._api = api

    async def send(self, openid: str, saying: Saying, _author: str) -> tuple[Fate, str]:
        """The fate of the message and WeChat's code; a send that nobody answered is "unknown"."""
        if isinstance(saying, PassToWeChatAgents):
            return await self._open_session(openid)
        match await self._api.send(wechat_words.pushed(openid, saying)):
            case Sent():
                return "sent", ""
            case ApiRefused() as refusal:
                return "refused" if refusal.final else "again", str(refusal.errcode)
            case ApiUnreached():
                return "again", "unreached"
            case ApiUnknown():
                return "unknown", "no_answer"

    async def _open_session(self, openid: str) -> tuple[Fate, str]:
        """A hand-over whose answer did not ride home: put through to whoever of WeChat's agents has least.

        Asked twice it is the same session, so what nobody answered is asked again.
        """
        try:
            online = [one for one in await self._api.agents_online() if one.get("kf_account")]
            if not online:
                return "refused", "nobody_online"
            least = min(online, key=lambda one: int(one.get("accepted_case") or 0))
            await self._api.open_session(openid, str(least["kf_account"]))
        except ApiRefused as refusal:
            return "refused" if refusal.final else "again", str(refusal.errcode)
        except ApiError:
            return "again", "unreached"
        return "sent", ""
