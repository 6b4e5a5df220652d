"""Step 5: from the smallest thing to the whole application."""

from app import App, ChatProperties, House

from pyboot.testing import connect, running


def test_the_house_cuts_what_is_too_long() -> None:
    """A bean is a class: no container, no network."""
    house = House(ChatProperties(longest=3))

    assert house.passed_on("hello") == "hel"


async def test_two_hear_each_other() -> None:
    """The application on a free port, with other settings; it is stopped in order behind the block."""
    async with running(App, properties={"chat.welcome": "hi"}) as context, connect(context) as (ann, to_ann):
        assert await ann.readline() == b"* hi, 1 here\n"
        async with connect(context) as (bob, to_bob):
            assert await bob.readline() == b"* hi, 2 here\n"

            to_ann.write(b"good morning\n")
            assert await bob.readline() == b"good morning\n"
            to_bob.write(b"hello Ann\n")
            assert await ann.readline() == b"hello Ann\n"
