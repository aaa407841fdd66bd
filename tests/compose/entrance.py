"""How the journey's persons come into the platform in containers: by links that the services mail to them."""

import mailbox
import re
from collections.abc import Iterator, Mapping

import httpx

from shared.access.sessions import COOKIE
from shared.testing.waiting import eventually
from tests.compose.stack import Stack
from tests.members.sign_in.browser import Browser

_LINK = re.compile(r"/sign-in/link/[\w-]+")


class MailEntrance:
    """Whoever gets mails comes in."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.session_key = stack.inside("members", "cat", "/run/secrets/alumnibus_session_signing_key")

    async def invite_operator(self, email: str) -> None:
        """Give the command line's order, as docs/operations.md says."""
        self._stack.inside("members", "python", "-m", "services.members", "operators", "invite", email)

    async def sign_in(self, email: str) -> Mapping[str, str]:
        """Ask for a link, and follow it."""
        before = set(self._read_links(email))

        async def find_link() -> str:
            return next(iter(set(self._read_links(email)) - before), "")

        async with httpx.AsyncClient(base_url=self._stack.origin, verify=self._stack.trust) as http:
            browser = Browser(http)
            asked = await browser.post("/sign-in", {"email": email})
            assert asked.status_code == 303, asked.text
            await browser.get(await eventually(find_link, seconds=60))
        return {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}", "Sec-Fetch-Site": "same-origin"}

    def _read_links(self, email: str) -> Iterator[str]:
        for mail in mailbox.Maildir(self._stack.mails, create=False):
            if email in str(mail["To"]):
                for part in mail.walk():
                    content = part.get_payload(decode=True)
                    yield from _LINK.findall(content.decode() if isinstance(content, bytes) else "")
