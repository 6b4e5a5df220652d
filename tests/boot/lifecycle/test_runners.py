"""Runners: called once, in order, with the command line."""

import sys

import pytest

from pyboot.boot import (
    ApplicationArguments,
    ApplicationRunner,
    Bean,
    Component,
    Configuration,
    Import,
    Order,
    PreDestroy,
    PyBootApplication,
    run,
    start,
)
from pyboot.boot.discovery.collect import collect
from pyboot.boot.errors import DefinitionError
from pyboot.boot.lifecycle.runners import check_runners


def test_arguments_are_told_apart() -> None:
    """Options, and what is none."""
    arguments = ApplicationArguments.of(["import", "--size=5", "--", "file"])

    assert (("import", "file"), (("size", "5"),)) == (arguments.positional, arguments.options)


def test_a_runner_that_does_not_take_the_arguments_is_refused_before_anything_is_made() -> None:
    """It was a TypeError in the middle of the start, at a line of nobody's."""

    @Component
    class Forgetful(ApplicationRunner):
        def run(self) -> None: ...  # type: ignore[override]  # the mistake

    with pytest.raises(DefinitionError, match=r"Forgetful\.run \(.*test_runners.py:\d+\): .* write run\(self, arguments\)"):
        check_runners([], collect([Forgetful]))


def test_runners_of_every_form_that_takes_the_arguments_are_taken() -> None:
    """With other names, with more that has defaults, and without a self."""

    @Component
    class Named(ApplicationRunner):
        def run(self, args: ApplicationArguments, more: int = 1) -> None: ...

    @Component
    class Starred(ApplicationRunner):
        def run(self, *args: ApplicationArguments) -> None: ...

    @Component
    class Static(ApplicationRunner):
        @staticmethod
        def run(arguments: ApplicationArguments) -> None: ...

    check_runners([], collect([Named, Starred, Static]))


def test_a_runner_without_a_label_is_refused() -> None:
    """It would never run; a base of a bean, an abstract class, and one that a function may make do not say so."""

    class Plain(ApplicationRunner):
        def run(self, arguments: ApplicationArguments) -> None: ...

    class Unfinished(ApplicationRunner): ...

    @Component
    class Derived(Plain): ...

    class Factory:
        @Bean
        def runner(self) -> ApplicationRunner:
            return Plain()

    with pytest.raises(DefinitionError, match=r"Plain .*never runs: label the class @Component"):
        check_runners([Plain], [])
    check_runners([Plain, Unfinished], collect([Derived]))
    check_runners([Plain], collect([Configuration(Factory)]))


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
