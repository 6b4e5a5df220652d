"""What goes over the wire: an object of JSON each way, behind its length."""

from pydantic import BaseModel


class Request(BaseModel):
    """A call; its *id* comes back with the answer, so that many can be on their way at once."""

    id: int
    method: str
    params: list[float] = []


class Response(BaseModel):
    """The answer to the call of that *id*: a result, or what went wrong."""

    id: int
    result: float | None = None
    error: str | None = None
