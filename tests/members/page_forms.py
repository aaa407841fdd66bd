"""Pages of members as a browser reads them, and forms as it sends them."""

import httpx

from tests.shared.web.page_reader import BROWSER


async def read(http: httpx.AsyncClient, path: str, status: int = 200) -> str:
    """A page as a browser gets it."""
    answer = await http.get(path, headers=BROWSER)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
    return answer.text


async def send(http: httpx.AsyncClient, path: str, status: int = 303, **typed: str) -> str:
    """What a form of a page is answered with; the address to which it leads, where it leads to one."""
    answer = await http.post(path, data=typed, headers=BROWSER)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-3000:])
    return str(answer.headers.get("Location", answer.text))
