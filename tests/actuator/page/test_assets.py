"""Assets: files without anything inline, and without anything from elsewhere."""

import re

import pytest

from pyboot.actuator.page.assets import HEADERS, HTML, assets

ALL = assets()


@pytest.mark.parametrize("name", sorted(ALL))
def test_it_names_no_other_place(name: str) -> None:
    """No address of a network, but for the namespace of SVG, which nobody asks for."""
    text = ALL[name].content.decode().replace("http://www.w3.org/2000/svg", "")
    assert [] == re.findall(r"(?:https?:)?//[a-z][\w.]*\.[a-z]+", text)


def test_the_page_has_nothing_inline() -> None:
    """No script, no style, no listener: the content security policy would refuse them."""
    html = ALL[HTML].content.decode()
    assert [] == re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)[^>]*>", html)
    assert [] == [
        name
        for name, each in ALL.items()
        if re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", each.content.decode())
    ]


def test_whatever_is_imported_or_linked_is_there() -> None:
    """By names in the same folder."""
    scripts = "".join(each.content.decode() for name, each in ALL.items() if name.endswith(".js"))
    named = {*re.findall(r'from "\./([\w.]+)"', scripts), *re.findall(r'(?:href|src)="page/([\w.]+)"', ALL[HTML].content.decode())}
    assert named | {HTML} == set(ALL)


def test_the_policy_allows_its_own_files_alone() -> None:
    """And no frame around it, no form, no text that becomes a script."""
    policy = HEADERS["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert all(
        each in policy
        for each in ("script-src 'self'", "frame-ancestors 'none'", "form-action 'none'", "require-trusted-types-for 'script'")
    )
    assert "unsafe" not in policy
