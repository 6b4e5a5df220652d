"""The books: a service, which knows nothing of HTTP."""

from typing import Annotated

from pyboot.boot import Service
from pydantic import BaseModel, Field


class Book(BaseModel):
    """A book, as clients send and get it."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    year: int | None = None


class UnknownBookError(Exception):
    """There is no book of that number."""


@Service
class Library:
    """Keeps the books by their numbers."""

    def __init__(self) -> None:
        self._books: dict[int, Book] = {1: Book(title="The Mythical Man-Month", year=1975)}

    def search(self, words: str = "") -> dict[int, Book]:
        """Return the books whose title holds *words*, by number."""
        return {number: book for number, book in self._books.items() if words.lower() in book.title.lower()}

    def book(self, number: int) -> Book:
        """Return the book *number*; raises `UnknownBookError`."""
        if number not in self._books:
            raise UnknownBookError(number)
        return self._books[number]

    def add(self, book: Book) -> int:
        """Add *book*, and return its number."""
        number = max(self._books, default=0) + 1
        self._books[number] = book
        return number
