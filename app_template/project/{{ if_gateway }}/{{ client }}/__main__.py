"""Lets `python -m` with the name of this package do what `pyboot run` does with it."""

from pyboot.boot import run

from . import App

run(App)
