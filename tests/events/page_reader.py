"""What the tests read out of a page."""

import re
from html import unescape

from shared.testing.services import Running


async def read_page(events: Running, address: str, **headers: str) -> str:
    answer = await events.http.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def find_titles(html: str) -> list[str]:
    return [unescape(title) for title in re.findall(r'<h3><a href="[^"]*" lang="[a-z]+">([^<]*)</a>', html)]
