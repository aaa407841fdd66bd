"""`python -m deploy.local.issuer PORT`: the provider and its page; `ISSUER_CLIENTS` is JSON, who is known by which
secret (`provider.Client`)."""

import base64
import binascii
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlencode

import uvicorn
from fastapi import FastAPI, Form, Header, Query
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader

from deploy.local.issuer.persons import PERSONS, find_person
from deploy.local.issuer.provider import AuthorizationRequest, Client, Provider, TokenError
from deploy.local.ports import LOOPBACK
from shared.runtime.http.answer_headers import AnswerHeadersMiddleware

CLIENTS = "ISSUER_CLIENTS"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
_pages = Environment(loader=FileSystemLoader(Path(__file__).with_name("pages")), autoescape=True)


def create_issuer_app(provider: Provider) -> FastAPI:
    """The provider over HTTP."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(AnswerHeadersMiddleware)

    @app.get("/readyz/all")
    async def check_readiness() -> dict[str, bool]:
        return {"ready": True}

    @app.get("/.well-known/openid-configuration")
    async def read_metadata() -> dict[str, Any]:
        return provider.describe()

    @app.get("/jwks.json")
    async def read_keys() -> dict[str, Any]:
        return provider.publish_keys()

    @app.get("/authorize")
    async def choose_person(asked: Annotated[AuthorizationRequest, Query()]) -> Response:
        """Who one wants to be."""
        return _show_persons(asked) if provider.is_asked_well(asked) else _refuse_request()

    @app.post("/authorize")
    async def sign_in(
        asked: Annotated[AuthorizationRequest, Query()], email: Annotated[str, Form()] = ""
    ) -> Response:
        """Back to the program, with a code for this person."""
        if not provider.is_asked_well(asked):
            return _refuse_request()
        person = find_person(email)
        if person is None:
            return _show_persons(
                asked, "Only addresses under example.org, .net and .com are persons here.", 422
            )
        code = provider.issue_code(asked, person)
        query = urlencode({"code": code, "state": asked.state, "iss": provider.url})
        return RedirectResponse(f"{asked.redirect_uri}?{query}", 303)

    @app.post("/token")
    async def redeem(
        grant_type: Annotated[str, Form()],
        authorization: Annotated[str, Header()] = "",
        code: Annotated[str, Form()] = "",
        code_verifier: Annotated[str, Form()] = "",
        redirect_uri: Annotated[str, Form()] = "",
    ) -> Response:
        """The tokens for a code, or for a program itself."""
        form = {"code": code, "code_verifier": code_verifier, "redirect_uri": redirect_uri}
        try:
            client, secret = _read_basic(authorization)
            return JSONResponse(provider.redeem(client, secret, form | {"grant_type": grant_type}))
        except TokenError as error:
            return JSONResponse({"error": str(error)}, 401 if str(error) == "invalid_client" else 400)

    return app


def _read_basic(authorization: str) -> tuple[str, str]:
    """Id and secret of a program (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise TokenError("invalid_client") from None
    if scheme.lower() != "basic":
        raise TokenError("invalid_client")
    return unquote(client), unquote(secret)


def _show_persons(asked: AuthorizationRequest, wrong: str = "", status: int = 200) -> HTMLResponse:
    page = _pages.get_template("persons.html").render(
        persons=PERSONS, action=f"/authorize?{urlencode(asked.model_dump())}", wrong=wrong
    )
    return HTMLResponse(page, status, headers={"Content-Security-Policy": POLICY})


def _refuse_request() -> HTMLResponse:
    page = _pages.get_template("refused.html").render()
    return HTMLResponse(page, 400, headers={"Content-Security-Policy": POLICY})


def main() -> None:
    """Serve until the launcher ends it."""
    port = int(sys.argv[1])
    clients = {name: Client(**each) for name, each in json.loads(os.environ[CLIENTS]).items()}
    app = create_issuer_app(Provider(f"http://{LOOPBACK}:{port}", clients))
    uvicorn.run(app, host=LOOPBACK, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
