"""The errors of what watches connections; all are found before anything is bound.

::

    AssemblyError
    ├── ChannelGroupNameClashError   two labels make a group of one name
    └── StrayChannelGroupError       a group on a class that is no server
"""

from pyboot.netty.errors import AssemblyError


class ChannelGroupNameClashError(AssemblyError):
    """Both *first* and *second* are labelled with a group *name*."""

    code = "PB-N037"
    name: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"There are two channel groups '{self.name}': of {self.first} and of {self.second}."

    @property
    def action(self) -> str:
        """Rename one."""
        return "Give one of them another name: @ChannelGroupBean(...)."


class StrayChannelGroupError(AssemblyError):
    """*subject*, labelled with the group *name*, is no server, so that nobody would feed the group."""

    code = "PB-N038"
    name: str
    subject: str

    def __str__(self) -> str:
        return (
            f"The class {self.subject} is labelled @ChannelGroupBean({self.name!r}), and is no server: nothing would come into the group."
        )

    @property
    def action(self) -> str:
        """Label the server, or make a group by hand."""
        return "Label the class of the server, beside @NettyServer; a group that handlers fill themselves is made by a @Bean method."
