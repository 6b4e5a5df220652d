"""What this application knows how to do; nothing here knows of command lines."""

from collections import Counter

from pyboot.boot import ConfigurationProperties, Service
from pydantic import BaseModel, Field


@ConfigurationProperties("count")
class CountProperties(BaseModel):
    """The settings below `count`."""

    top: int = Field(default=3, ge=1, description="How many words are told.")
    shortest: int = Field(default=1, ge=1, description="Words of fewer letters are left out.")


@Service
class WordCounter:
    """Counts words."""

    def __init__(self, properties: CountProperties) -> None:
        """Take the settings that the container hands in."""
        self.properties = properties

    def count(self, text: str) -> list[tuple[str, int]]:
        """Return the most frequent words of *text*, and how often each comes."""
        words = (word for word in text.lower().split() if len(word) >= self.properties.shortest)
        return Counter(words).most_common(self.properties.top)
