"""Runners: called once, in order, with the command line."""

import sys

import pytest

from pyboot.boot import ApplicationArguments, ApplicationRunner, Component, Import, Order, PreDestroy, PyBootApplication, run, start


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


@pytest.mark.parametrize(("said", "code"), [(5, 5), (None, None), ("out of paper", 1)])
def test_a_runner_may_end_the_process_in_pythons_own_words(said: object, code: int | None, capfd: pytest.CaptureFixture[str]) -> None:
    """The beans are ended, and it is no failure to report."""
    ended: list[str] = []

    @Component
    class Leaving(ApplicationRunner):
        def run(self, arguments: ApplicationArguments) -> None:
            sys.exit(said)  # type: ignore[arg-type]  # each of the kinds that it takes

        @PreDestroy
        def end(self) -> None:
            ended.append("leaving")

    @Import(Leaving)
    @PyBootApplication
    class App: ...

    result: object = None
    try:
        run(App, ["--pyboot.main.banner-mode=off"])
    except SystemExit as exit_:
        result = exit_.code

    error = capfd.readouterr().err
    assert (code, ["leaving"]) == (result, ended)
    assert "Traceback" not in error
    assert "APPLICATION FAILED" not in error
    assert ("out of paper" in error) is (said == "out of paper")


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
