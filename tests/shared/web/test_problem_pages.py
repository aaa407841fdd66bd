"""What goes wrong is a page to a browser, with what happened and what to do, and a document to a program."""

import pytest
from structlog.testing import capture_logs

from shared.testing.services import Running
from tests.shared.web.page_reader import BROWSER, GERMAN

SAID = {
    401: "Melden Sie sich an, um weiterzumachen",
    403: "Das dürfen Sie nicht öffnen",
    404: "Unter dieser Adresse gibt es nichts",
    405: "Das geht hier nicht",
    409: "Das passt nicht zu dem, was da ist",
    410: "Das gibt es nicht mehr",
    413: "Das ist zu groß",
    422: "Etwas daran stimmt nicht",
    429: "Das war viel auf einmal",
    500: "Bei uns ist etwas schiefgegangen",
    503: "Gerade ist zu viel los",
}


@pytest.mark.parametrize("status", SAID)
async def test_a_browser_gets_a_page_of_the_frame_and_a_program_the_document(
    toy: Running, status: int
) -> None:
    address = f"/gallery/problems/{status}"
    with capture_logs():
        page = await toy.http.post(address, headers=GERMAN)
        document = await toy.http.post(address, headers={"Accept": "*/*"})

    assert (page.status_code, document.status_code) == (status, status)
    assert f'<h1><span class="headline">{SAID[status]}</span></h1>' in page.text
    assert '<nav class="nav"' in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert document.headers["Content-Type"] == "application/problem+json"
    assert document.json()["status"] == status


async def test_a_page_about_our_fault_names_the_number_by_which_the_log_is_found(toy: Running) -> None:
    with capture_logs():
        page = await toy.http.get("/gallery/problems/500", headers=BROWSER)

    assert f"<code>{page.headers['X-Correlation-Id']}</code>" in page.text


async def test_an_address_that_nobody_has_leads_on(toy: Running) -> None:
    page = await toy.http.get("/nothing/here", headers=BROWSER | {"Cookie": "role=member"})
    head = await toy.http.head("/nothing/here", headers=BROWSER)

    assert (page.status_code, head.status_code) == (404, 404)
    assert '<a class="btn go" href="/me">My page</a>' in page.text


async def test_a_method_that_a_page_lacks_still_names_those_it_has(toy: Running) -> None:
    refused = await toy.http.delete("/failures/x", headers=BROWSER)

    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET"
