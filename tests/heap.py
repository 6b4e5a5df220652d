"""The heap of a test run: twenty thousand collected tests and what they import, which no collection need look at again."""

import gc

__all__ = ["set_aside"]


def set_aside() -> None:
    """Take all that lives now out of the collector's sight, so that `gc.collect` costs what a test itself has made."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
