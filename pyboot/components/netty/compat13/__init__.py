"""The names that programs written for pyboot-components-netty 1.3 use; everything about them is in this folder.

`modules` where a name of 1.3.4 lives now, `definitions` the names that mean nothing else here, `keywords` and `methods` the other
spellings of arguments and methods. Type checkers see none of it. docs/howto/coming-from-1.3.md is the page for users.
"""
