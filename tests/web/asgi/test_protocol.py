"""The words of ASGI are types that an application of any framework fits."""

from typing import Any

from pyboot.web.asgi.protocol import AsgiApplication, Message, Receive, Scope, Send


async def plain(scope: Scope, receive: Receive, send: Send) -> None:
    """Use each word once."""
    message: Message = await receive()
    await send(message)


async def test_a_plain_function_is_an_application() -> None:
    """What a type checker accepts also runs."""
    application: AsgiApplication = plain
    sent: list[Any] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await application({}, receive, send)

    assert [{"type": "http.request"}] == sent
