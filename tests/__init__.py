"""The tests of pyboot. A package in the full sense, since distributions install a package `tests` of their own, as `gmqtt` does, which a
namespace would give way to.
"""
