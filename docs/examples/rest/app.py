"""A REST service: a controller, its service, its errors, and a page that describes it."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field

from pyboot.boot import PyBootApplication, Service, run
from pyboot.web import DeleteMapping, ExceptionHandler, GetMapping, PostMapping, ProblemDetail, RestController


class Book(BaseModel):
    """What a client sends and gets."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    year: int | None = None


class UnknownBookError(Exception):
    """There is no book of that number."""


@Service
class Library:
    """The books; a service knows nothing of HTTP."""

    def __init__(self) -> None:
        self._books: dict[int, Book] = {1: Book(title="The Mythical Man-Month", year=1975)}

    def search(self, words: str) -> dict[int, Book]:
        return {number: book for number, book in self._books.items() if words.lower() in book.title.lower()}

    def book(self, number: int) -> Book:
        try:
            return self._books[number]
        except KeyError:
            raise UnknownBookError(number) from None

    def add(self, book: Book) -> int:
        number = max(self._books, default=0) + 1
        self._books[number] = book
        return number

    def remove(self, number: int) -> None:
        self.book(number)
        del self._books[number]


@RestController("/books")
class BookController:
    """Answers below /books."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @GetMapping
    async def search(self, q: Annotated[str, Query(max_length=100)] = "") -> dict[int, Book]:
        """List the books whose title holds the words."""
        return self.library.search(q)

    @GetMapping("/{number}")
    async def find(self, number: Annotated[int, Path(ge=1)]) -> Book:
        """Give one book."""
        return self.library.book(number)

    @PostMapping(status_code=201)
    async def add(self, book: Book) -> dict[str, int]:
        """Add a book, and tell its number."""
        return {"number": self.library.add(book)}

    @DeleteMapping("/{number}", status_code=204)
    async def remove(self, number: int) -> None:
        """Remove a book."""
        self.library.remove(number)

    @ExceptionHandler
    def unknown(self, error: UnknownBookError) -> ProblemDetail:
        """Answer for a number that no book has."""
        return ProblemDetail(404, f"There is no book {error}.")


@PyBootApplication
class App:
    """The application."""


if __name__ == "__main__":
    run(App)
