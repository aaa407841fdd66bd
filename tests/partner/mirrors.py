"""A partner who mirrors the offers twice, with the program in Python and with the one for Node.js."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from shared.contracts.catalogue import OFFER
from shared.messaging.kafka import Kafka
from tests.partner.node import run_by_node
from tests.partner.programs import load_program, write_settings

mirror = load_program("partner/mirror.py")
LANGUAGES = ("python", "node")


class Partner:
    """A folder with the settings, and a database for each of the two programs."""

    def __init__(self, kafka: Kafka, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._settings = write_settings(folder, kafka)
        self._topic = kafka.topic_name(OFFER.name)
        self._group = f"{kafka.prefix}{folder.name}"

    async def read(self) -> Mapping[str, Any]:
        """Let both programs read what is there, and tell what they know then."""
        await asyncio.gather(self._read_by_python(), self._read_by_node())
        by_python, by_node = (self._tell_known(language) for language in LANGUAGES)
        assert by_python == by_node
        return by_python

    def change(self, sql: str, *values: Any) -> None:
        """Change both databases by hand."""
        for language in LANGUAGES:
            with closing(sqlite3.connect(self._database(language))) as database, database:
                database.execute(sql, values)

    def copy_databases(self, to: "Partner") -> None:
        """Another one gets them as they are now."""
        for language in LANGUAGES:
            shutil.copy(self._database(language), to._database(language))

    def lose_databases(self) -> None:
        for language in LANGUAGES:
            self._database(language).unlink()

    async def _read_by_python(self) -> None:
        reader = mirror.Mirror(self._database("python"))
        await mirror.follow(mirror.read_options(self._settings), reader, [self._topic], once=True)
        reader.database.close()

    async def _read_by_node(self) -> None:
        files = (str(self._settings), str(self._database("node")))
        await run_by_node("mirror.mjs", "--once", *files, self._group, self._topic)

    def _tell_known(self, language: str) -> Mapping[str, Any]:
        with closing(sqlite3.connect(self._database(language))) as database:
            rows = database.execute("SELECT key, data FROM state WHERE data IS NOT NULL").fetchall()
        return {key: json.loads(data) for key, data in rows}

    def _database(self, language: str) -> Path:
        return self._folder / f"{language}.db"
