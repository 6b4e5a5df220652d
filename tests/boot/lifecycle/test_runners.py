"""Runners: called once, in order, with the command line."""

import pytest

from pyboot.boot import ApplicationArguments, ApplicationRunner, Component, Import, Order, PyBootApplication, run, start


def test_arguments_are_told_apart() -> None:
    """Options, and what is none."""
    arguments = ApplicationArguments.of(["import", "--size=5", "--", "file"])

    assert (("import", "file"), (("size", "5"),)) == (arguments.positional, arguments.options)


async def test_runners_are_called_in_order_before_the_application_is_ready() -> None:
    """Whether they are plain or asynchronous."""
    log: list[object] = []

    @Order(2)
    @Component
    class Second(ApplicationRunner):
        async def run(self, arguments: ApplicationArguments) -> None:
            log.append("second")

    @Order(1)
    @Component
    class First(ApplicationRunner):
        def run(self, arguments: ApplicationArguments) -> None:
            log.append(arguments.positional)

    @Import(First, Second)
    @PyBootApplication
    class App: ...

    async with start(App, args=["x", "--y=z"]):
        assert [("x",), "second"] == log


def test_a_failing_runner_fails_the_start_with_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception may bring a code along."""

    class QuotaError(Exception):
        exit_code = 7

    @Component
    class Failing(ApplicationRunner):
        async def run(self, arguments: ApplicationArguments) -> None:
            raise QuotaError("no space")

    @Import(Failing)
    @PyBootApplication
    class App: ...

    with pytest.raises(SystemExit) as ended:
        run(App, ["--pyboot.main.banner-mode=off"])

    assert 7 == ended.value.code
    assert "QuotaError: no space" in capsys.readouterr().err
