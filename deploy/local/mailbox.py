"""The demo's mail server: SMTP that keeps each accepted mail, and pages that show them.

`python -m deploy.local.mailbox FOLDER SMTP_PORT HTTP_PORT`. Nothing is ever sent on to anybody.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader

from deploy.local.maildir import Mail, Maildir, read_text_part
from deploy.local.ports import LOOPBACK
from shared.runtime.http.answer_headers import AnswerHeadersMiddleware

PER_PAGE = 50
log = logging.getLogger(__name__)
pages = Environment(loader=FileSystemLoader(Path(__file__).with_name("mailbox_pages")), autoescape=True)

# A mail is somebody else's markup: no script, no request to anywhere, no reach into the page around it.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"


class MailHandler:
    """What aiosmtpd calls for each mail; the sender hears 250 only when the mail is on the disk."""

    def __init__(self, maildir: Maildir, mails: list[Mail]) -> None:
        self._maildir = maildir
        self._mails = mails

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        try:
            mail = await asyncio.to_thread(
                self._maildir.store_mail, envelope.mail_from or "", envelope.rcpt_tos, content
            )
        except OSError:
            log.exception("mail.keep.failed")
            return "452 4.3.1 Insufficient system storage"
        self._mails.append(mail)
        return "250 2.0.0 Kept"


def create_mailbox_app(maildir: Maildir, smtp_port: int) -> FastAPI:
    """The pages, with the SMTP server beside them in the same loop."""
    mails = list(maildir.list_mails())

    @asynccontextmanager
    async def running_smtp(app: FastAPI) -> AsyncIterator[None]:
        keeper = MailHandler(maildir, mails)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(keeper, enable_SMTPUTF8=True, hostname="mailbox.invalid", loop=loop),
            LOOPBACK,
            smtp_port,
        )
        async with server:
            yield

    app = FastAPI(lifespan=running_smtp, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(AnswerHeadersMiddleware)

    @app.get("/readyz/all")
    async def check_readiness() -> dict[str, bool]:
        return {"ready": True}

    @app.get("/")
    async def list_mails(page: int = 1, to: str = "") -> HTMLResponse:
        found = [mail for mail in reversed(mails) if to.casefold() in " ".join(mail.recipients).casefold()]
        first = (max(page, 1) - 1) * PER_PAGE
        return _render_page(
            "list.html",
            mails=found[first : first + PER_PAGE],
            count=len(found),
            page=max(page, 1),
            more=len(found) > first + PER_PAGE,
            to=to,
        )

    @app.get("/mails/{name}")
    async def show_mail(name: str) -> HTMLResponse:
        try:
            message = maildir.read_mail(name)
        except FileNotFoundError:
            return _render_page("missing.html", 404)
        headers = [(key, str(value)) for key, value in message.items()]
        return _render_page(
            "mail.html",
            name=name,
            message=message,
            headers=headers,
            plain=read_text_part(message, "plain"),
            has_html=read_text_part(message, "html") is not None,
        )

    @app.get("/mails/{name}/html")
    async def show_html(name: str) -> HTMLResponse:
        try:
            html = read_text_part(maildir.read_mail(name), "html")
        except FileNotFoundError:
            html = None
        if html is None:
            return _render_page("missing.html", 404)
        return HTMLResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})

    @app.get("/mails/{name}/source")
    async def show_source(name: str) -> PlainTextResponse:
        try:
            return PlainTextResponse(maildir.read_mail(name).as_bytes().decode("utf-8", "replace"))
        except FileNotFoundError:
            return PlainTextResponse("There is no such mail.", 404)

    return app


def _render_page(template: str, status: int = 200, **values: object) -> HTMLResponse:
    html = pages.get_template(template).render(**values)
    return HTMLResponse(html, status, {"Content-Security-Policy": PAGE_POLICY})


def main() -> None:
    folder, smtp_port, http_port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    app = create_mailbox_app(Maildir(folder), smtp_port)
    uvicorn.run(app, host=LOOPBACK, port=http_port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
