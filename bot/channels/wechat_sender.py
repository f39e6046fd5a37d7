"""Sends one message by customer-service message, and says what became of it in the outbox's words."""

from bot.channels import wechat_words
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_outcomes import ApiError, ApiRefused, ApiUnknown, ApiUnreached, Sent
from handlers.illustrations import Illustrations
from handlers.messages import Illustration, Image, PassToWeChatAgents, Saying
from handlers.outbox import Fate

NO_SUCH_MEDIA = 40007


class WeChatSender:
    """The way out for pushes."""

    def __init__(self, api: WeChatApi, illustrations: Illustrations) -> None:
        self._api = api
        self._illustrations = illustrations

    async def send(self, openid: str, saying: Saying, _author: str) -> tuple[Fate, str]:
        """The fate of the message and WeChat's code; a send that nobody answered is "unknown"."""
        if isinstance(saying, PassToWeChatAgents):
            return await self._open_session(openid)
        if isinstance(saying, Illustration):
            return await self._show(openid, saying.name)
        return await self._push(openid, saying)

    async def _show(self, openid: str, name: str) -> tuple[Fate, str]:
        """A picture of the content; one that WeChat has thrown away meanwhile is brought once more."""
        picture = await self._illustrations.at_wechat(name)
        if not isinstance(picture, Image):
            return "again" if picture == "later" else "refused", f"picture_{picture}"
        fate, fault = await self._push(openid, picture)
        if fault == str(NO_SUCH_MEDIA):
            await self._illustrations.forget(name)
            return "again", fault
        return fate, fault

    async def _push(self, openid: str, saying: Saying) -> tuple[Fate, str]:
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
