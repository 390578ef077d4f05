"""Stands before a server and makes it further away: every piece of a request is passed on after a fixed time. It counts requests, changes nothing."""

import asyncio
import contextlib
import re
import threading

REQUEST_LINE = re.compile(rb"^(GET|PUT|POST|HEAD|DELETE|PATCH) [^\r\n]{0,4000} HTTP/1\.1\r\n")


class Delay:
    """A proxy on a port of its own, running in a thread while it is entered."""

    def __init__(self, port: int, seconds: float):
        self.target, self.seconds = port, seconds
        self.count = 0
        self.port = 0
        self.up = threading.Event()
        self.loop = asyncio.new_event_loop()

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float, counted: bool):
        """Pieces keep their order and their distance: each leaves `seconds` after it came."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver():
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(max(0.0, due - self.loop.time()))
                if not piece:
                    writer.close()
                    return
                writer.write(piece)

        delivering = asyncio.ensure_future(deliver())
        while piece := await reader.read(65536):
            self.count += bool(counted and REQUEST_LINE.match(piece))
            pieces.put_nowait((self.loop.time() + seconds, piece))
        pieces.put_nowait((self.loop.time() + seconds, b""))
        await delivering

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        both = (
            self.forward(reader, there_writer, self.seconds, counted=True),
            self.forward(there_reader, writer, 0.0, counted=False),
        )
        with contextlib.suppress(asyncio.CancelledError):  # the bench ends while connections are open
            await asyncio.gather(*both, return_exceptions=True)

    def run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.up.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0.01))

    def __enter__(self) -> "Delay":
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        self.up.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
