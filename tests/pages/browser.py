"""Chromium without a window, spoken to over a pipe in its own protocol (CDP), without a driver."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

PROGRAM = "chromium"
PATIENCE = 20.0
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


class Unanswered(Exception):
    """Chromium could not do what it was told, as when the page went away meanwhile."""


class Browser:
    """One tab. Its calls block, so that asynchronous tests make them in a thread."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="chromium-")
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        line = [PROGRAM, *ARGUMENTS, f"--user-data-dir={self._folder}", "about:blank"]
        wiring = f'exec "$@" 3<&{commands} 4>&{answers}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", wiring, "sh", *line],
            pass_fds=(commands, answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        self.errors: list[str] = []
        self._attach()

    def close(self) -> None:
        """End the browser and forget its profile."""
        self._send("Browser.close", session=None)
        self._process.wait(PATIENCE)
        os.close(self._commands)
        os.close(self._answers)
        shutil.rmtree(self._folder, ignore_errors=True)

    def size(self, width: int, height: int) -> None:
        """The window in CSS pixels; below 600 it is a phone's."""
        measures = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._send("Emulation.setDeviceMetricsOverride", **measures)

    def scheme(self, name: str) -> None:
        """Prefer light or dark."""
        self._send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def scripts(self, on: bool) -> None:
        """Whether pages may run scripts."""
        self._send("Emulation.setScriptExecutionDisabled", value=not on)

    def open(self, address: str) -> None:
        """Go there, and wait until it is loaded."""
        self._send("Page.navigate", url=address)
        self.arrive(f"location.href === {json.dumps(address)}")

    def arrive(self, script: str) -> None:
        """Wait until a page is loaded of which an expression is true."""
        self.until(f"document.readyState === 'complete' && ({script})")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        told = self._send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise AssertionError(told["exceptionDetails"])
        return told["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true, over pages that come and go. Raises AssertionError after a while."""
        end = time.monotonic() + PATIENCE
        while not self._holds(script):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.02)

    def press(self, key: str) -> None:
        """Press and release a key by its name, as Escape, Tab or Enter."""
        code = {"Escape": 27, "Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        self._send(
            "Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text
        )
        self._send("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def write(self, text: str) -> None:
        """Write where the focus is."""
        self._send("Input.insertText", text=text)

    def cookie(self, address: str, name: str, value: str) -> None:
        """Send this cookie to the site from now on."""
        secure = name.startswith("__Host-")
        self._send("Network.setCookie", url=address, name=name, value=value, secure=secure)

    def carry(self, script: str) -> None:
        """Run a script in each page that is opened from now on, whatever the page allows."""
        self._send("Page.addScriptToEvaluateOnNewDocument", source=script)

    def picture(self, file: Path) -> None:
        """A PNG of what is seen."""
        file.write_bytes(base64.b64decode(self._send("Page.captureScreenshot")["data"]))

    def _holds(self, script: str) -> bool:
        try:
            return bool(self.run(f"!!({script})"))
        except Unanswered:
            return False

    def _attach(self) -> None:
        targets = self._send("Target.getTargets")["targetInfos"]
        [page] = [target["targetId"] for target in targets if target["type"] == "page"]
        self._session = self._send("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._send(f"{domain}.enable")

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        session = parameters.pop("session", self._session)
        self._last += 1
        command: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        return self._answer(self._last)

    def _answer(self, number: int) -> dict[str, Any]:
        while True:
            told = self._next()
            if told.get("id") == number:
                if "error" in told:
                    raise Unanswered(told["error"])
                result: dict[str, Any] = told["result"]
                return result
            if told.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.errors.append(json.dumps(told["params"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            read = os.read(self._answers, 1 << 20)
            assert read, "Chromium ended"
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        return told
