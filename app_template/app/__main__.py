"""Lets `python -m app` do what `pyboot run app` does."""

from pyboot.boot import run

from . import App

run(App)
