"""`python -S -m shared.runtime.healthy`: exit code 0 if all parts of the process beside it are ready.

A container's health check runs it every few seconds, so it imports nothing of ours and nothing installed.
"""

import http.client
import os
import sys

SECONDS = 8.0


def main() -> None:
    """Ask `/readyz/all` of the service on this machine; prints its answer, which the engine keeps."""
    port = int(os.environ.get("ALUMNIBUS_HTTP_PORT") or 8000)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/readyz/all")
        answer = connection.getresponse()
        status, body = answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"no answer on port {port} ({type(error).__name__})")
    finally:
        connection.close()
    sys.stdout.write(f"{body}\n")
    sys.exit(0 if status == 200 else 1)


if __name__ == "__main__":
    main()
