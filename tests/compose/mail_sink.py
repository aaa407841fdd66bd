"""A mail server that keeps each mail in the folder it is given, in the place of Mailpit; it needs Python alone."""

import asyncio
import mailbox
import sys

GREETING = b"220 mail\r\n"
ABILITIES = b"250-mail\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
DONE = b"250 OK\r\n"
GO_ON = b"354 go on\r\n"
BYE = b"221 bye\r\n"


class Sink:
    """Takes every mail."""

    def __init__(self, folder: str) -> None:
        self._mails = mailbox.Maildir(folder)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session."""
        answer = GREETING
        while answer is not BYE:
            writer.write(answer)
            await writer.drain()
            line = await reader.readline()
            if not line:
                break
            answer = await self._answer(line[:4].upper(), reader, writer)
        writer.write(answer)
        writer.close()

    async def _answer(self, verb: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        if verb == b"EHLO":
            return ABILITIES
        if verb == b"QUIT":
            return BYE
        if verb == b"DATA":
            writer.write(GO_ON)
            self._mails.add(await _read_mail(reader))
        return DONE


async def _read_mail(reader: asyncio.StreamReader) -> bytes:
    lines = []
    while (line := await reader.readline()) not in (b".\r\n", b""):
        lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
    return b"".join(lines)


async def main() -> None:
    server = await asyncio.start_server(Sink(sys.argv[1]).serve, "0.0.0.0", 1025, limit=2**20)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
