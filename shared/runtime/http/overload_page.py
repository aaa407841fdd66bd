"""What a browser reads where a request is refused before anything is taken apart of it: a page that is made once."""

from starlette.responses import HTMLResponse

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Alumnibus</title><main>
<h1>Too much is going on just now</h1><p>Nothing was changed, and nothing is lost.
<a href="">Try again</a> in a few seconds.
<div lang="de"><h1>Gerade ist zu viel los</h1><p>Nichts wurde geändert, und nichts ist verloren. Versuchen Sie es in
ein paar Sekunden <a href="">noch einmal</a>.</div></main></html>
"""
OVERLOADED_PAGE = HTMLResponse(_PAGE, 503, {"Retry-After": "1"})


def asks_for_page(head: bytes) -> bool:
    """Whether a browser asks: it names HTML among what it accepts."""
    return b"text/html" in head
