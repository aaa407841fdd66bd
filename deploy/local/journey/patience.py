"""A client that waits as a service asks it to: what was refused because of too much at once is asked again."""

import asyncio

import httpx

TRIES = 60


class PatientTransport(httpx.AsyncHTTPTransport):
    """Sends a request again that was refused with 503 and Retry-After, which is in seconds."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The first answer that isn't such a refusal, or the last of them."""
        for _ in range(TRIES - 1):
            answer = await super().handle_async_request(request)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or "Retry-After" not in answer.headers:
                return answer
            await answer.aclose()
            await asyncio.sleep(float(answer.headers["Retry-After"]))
        return await super().handle_async_request(request)
