"""The labels of the web room, and what they leave on what they stand on."""

import pytest

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_methods
from pyboot.web import ControllerAdvice, ExceptionHandler, GetMapping, PostMapping, RequestMapping, RestController, WebSocketMapping
from pyboot.web.annotations import (
    ControllerAdviceLabel,
    ExceptionHandlerLabel,
    MappingLabel,
    RequestMappingLabel,
    RestControllerLabel,
    WebSocketMappingLabel,
)


def test_controllers_bare_and_with_arguments() -> None:
    """The class stays what it was."""

    @RestController
    class Bare: ...

    @RestController("/users", tags=["people"], include_in_schema=False)
    class Full: ...

    (bare,), (full,) = labels(Bare, RestControllerLabel), labels(Full, RestControllerLabel)
    assert ("", ()) == (bare.path, bare.tags)
    assert ("/users", ("people",), False) == (full.path, full.tags, full.include_in_schema)


def test_mappings_bare_with_a_path_and_with_options() -> None:
    """Each says its methods, its path, and what FastAPI is told."""

    class Controller:
        @GetMapping
        def bare(self) -> None: ...

        @PostMapping("/x", status_code=201)
        def options(self) -> None: ...

        @RequestMapping("/y", methods=["get", "Put"])
        def several(self) -> None: ...

        @WebSocketMapping("/z")
        async def socket(self) -> None: ...

    found = {name: labels(getattr(Controller, name), MappingLabel)[0] for name in ("bare", "options", "several", "socket")}
    told = [(each.methods, each.path, dict(each.options)) for each in found.values() if isinstance(each, RequestMappingLabel)]
    assert [(("GET",), "", {}), (("POST",), "/x", {"status_code": 201}), (("GET", "PUT"), "/y", {})] == told
    assert isinstance(found["socket"], WebSocketMappingLabel)
    assert "/z" == found["socket"].path
    assert ["GetMapping", "PostMapping", "RequestMapping"] == [each.spelling for each in found.values()][:3]
    assert 4 == len({hash(each) for each in found.values()})


def test_handlers_of_errors_bare_and_with_types() -> None:
    """Default status 500."""

    class Advice:
        @ExceptionHandler
        def bare(self, error: KeyError) -> None: ...

        @ExceptionHandler(KeyError, ValueError, status=404)
        def typed(self, error: Exception) -> None: ...

    (bare,), (typed,) = labels(Advice.bare, ExceptionHandlerLabel), labels(Advice.typed, ExceptionHandlerLabel)
    assert ((), 500) == (bare.errors, bare.status)
    assert ((KeyError, ValueError), 404) == (typed.errors, typed.status)
    assert labels(ControllerAdvice(Advice), ControllerAdviceLabel)


def test_a_mapping_on_what_is_no_method_is_refused() -> None:
    """A static method would do nothing."""

    class Wrong:
        @GetMapping
        @staticmethod
        def x() -> None: ...

    with pytest.raises(DefinitionError, match="staticmethod"):
        labelled_methods(Wrong, MappingLabel)
