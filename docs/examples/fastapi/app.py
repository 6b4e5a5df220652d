"""A FastAPI application as a bean: its routes are its own, its start and end are the container's."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse

from pyboot.boot import Bean, Configuration, PyBootApplication, Service, run


@Service
class Clock:
    """A bean that routes use."""

    def __init__(self) -> None:
        self.ticks = 0

    def tick(self) -> int:
        self.ticks += 1
        return self.ticks


@Configuration
class Web:
    """Makes the application; the server `web` finds it by its type."""

    @Bean
    def application(self, clock: Clock) -> FastAPI:
        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, str]]:
            yield {"greeting": "hello"}

        app = FastAPI(lifespan=lifespan)

        @app.get("/tick")
        async def tick() -> int:
            return clock.tick()

        @app.get("/stream")
        async def stream() -> StreamingResponse:
            return StreamingResponse((f"{number}\n" for number in range(3)), media_type="text/plain")

        @app.websocket("/echo")
        async def echo(socket: WebSocket) -> None:
            await socket.accept()
            async for text in socket.iter_text():
                await socket.send_text(text)

        return app


@PyBootApplication
class App:
    """The application."""


if __name__ == "__main__":
    run(App)
