"""The tree of errors: its drawing, its bases, its texts."""

import errno
import inspect

import pytest

from pyboot.components.netty import errors
from pyboot.components.netty.errors import (
    BindError,
    BufferIndexError,
    ClosedChannelError,
    CloseTimeoutError,
    ConnectTimeoutError,
    DuplicateHandlerNameError,
    HandlerNotFoundError,
    LoopEndedError,
    NettyError,
    NotSharableError,
    OutboundOverflowError,
    TooLongFrameError,
    UnsupportedMessageError,
    WriteStallError,
)


def drawn() -> dict[str, str]:
    """Each error of the drawing with the one it hangs from."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        word = line.replace("├─", "  ").replace("└─", "  ").replace("│", " ").split()
        if not word or not word[0].endswith("Error") or not line.startswith("    "):
            continue
        depth = line.index(word[0])
        while above and above[-1][0] >= depth:
            above.pop()
        if above:
            parents[word[0]] = above[-1][1]
        above.append((depth, word[0]))
    return parents


def defined() -> dict[str, type[NettyError]]:
    """Each error of the module."""
    return {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, NettyError)}


def test_the_drawing_shows_every_error_where_it_hangs() -> None:
    """None is missing, none is too many."""
    expected = {name: kind.__bases__[0].__name__ for name, kind in defined().items() if kind is not NettyError}

    assert expected == drawn()


def test_errors_of_addresses_write_them_as_urls_do() -> None:
    """A cause without a number says what it says."""
    assert "cannot listen on [::]:80: Permission denied" == str(BindError("::", 80, PermissionError(errno.EACCES, "Permission denied")))
    assert "cannot listen on *:80: a reason" == str(BindError(None, 80, OSError("a reason")))
    assert "cannot listen on /x.sock: a reason" == str(BindError("/x.sock", None, OSError("a reason")))
    assert "no connection to [::1]:80 within 3 s" == str(ConnectTimeoutError(("::1", 80), 3))


def test_every_error_is_an_exception_and_exported() -> None:
    """`except Exception` catches them, unlike those of the published package."""
    assert sorted(defined()) == errors.__all__
    assert all(issubclass(kind, Exception) for kind in defined().values())


@pytest.mark.parametrize(
    ("kind", "python"),
    [
        (ClosedChannelError, ConnectionError),
        (ConnectTimeoutError, TimeoutError),
        (CloseTimeoutError, TimeoutError),
        (WriteStallError, TimeoutError),
        (BindError, OSError),
        (HandlerNotFoundError, LookupError),
        (UnsupportedMessageError, TypeError),
        (BufferIndexError, IndexError),
        (LoopEndedError, RuntimeError),
    ],
)
def test_an_error_is_also_what_python_calls_it(kind: type[Exception], python: type[Exception]) -> None:
    """So that nobody has to know our names."""
    assert issubclass(kind, python)


class Handler:
    """Stands for a handler."""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectTimeoutError(("10.0.0.1", 80), 0.5), "no connection to 10.0.0.1:80 within 0.5 s"),
        (CloseTimeoutError(17, 30.0), "17 flushed bytes were not taken by the peer within 30 s of close()"),
        (WriteStallError(17, 60.0), "the peer took none of 17 pending bytes for 60 s"),
        (BindError("::1", 80, OSError(errno.EACCES, "Permission denied")), "cannot listen on [::1]:80: Permission denied"),
        (BindError(None, 80, OSError(errno.EACCES, "Permission denied")), "cannot listen on *:80: Permission denied"),
        (
            OutboundOverflowError(90, 20, 100),
            "write of 20 bytes with 90 pending, limit 100: the peer reads too slowly; await the writes or watch is_writable",
        ),
        (
            OutboundOverflowError(90, 101, 100),
            "write of 101 bytes with 90 pending, limit 100: no peer can read so much at once; "
            "write it in pieces and await each, or raise the limit (write-buffer.limit)",
        ),
        (DuplicateHandlerNameError("idle"), "the pipeline has a handler named 'idle' already: choose another name or replace() it"),
        (HandlerNotFoundError("idle", ["line", "echo"]), "no handler 'idle' in the pipeline, which holds line, echo"),
        (HandlerNotFoundError("idle", []), "no handler 'idle' in the pipeline, which holds nothing"),
        (
            NotSharableError(Handler()),
            "Handler was added to a pipeline before: make a new one for each channel, "
            "or set `sharable = True` on the class if it keeps no state of a channel",
        ),
        (TooLongFrameError(70_000, 65_536), "frame of 70000 bytes, limit 65536"),
        (TooLongFrameError(70_000, 65_536, at_least=True), "frame of at least 70000 bytes, limit 65536"),
        (UnsupportedMessageError("text"), "cannot write str, only bytes-like objects and ByteBuffer: add a StringEncoder to the pipeline"),
        (UnsupportedMessageError({}), "cannot write dict, only bytes-like objects and ByteBuffer: add an encoder for it to the pipeline"),
        (
            UnsupportedMessageError({}, "H (app.py:1)"),
            "cannot write dict, only bytes-like objects and ByteBuffer: add an encoder for it to the pipeline, written by H (app.py:1)",
        ),
        (BufferIndexError(9, 4, 0, 10), "index 9, length 4: allowed is 0 to 10"),
        (LoopEndedError("the group"), "'the group' was shut down: nothing runs there any more"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_text_says_what_was_seen_and_what_was_allowed(error: Exception, text: str) -> None:
    """Built from the facts when somebody asks."""
    assert text == str(error)


def test_facts_are_attributes() -> None:
    """Programs do not parse texts."""
    error = BindError("::1", 80, OSError(errno.EACCES, "Permission denied"))

    assert ("::1", 80, errno.EACCES, "Permission denied") == (error.host, error.port, error.errno, error.strerror)
