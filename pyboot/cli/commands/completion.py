"""`pyboot completion`: the script with which a shell completes commands and options."""

from typing import Final

SHELLS: Final = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/completions/pyboot.fish"}
"""Each shell with the file that its script belongs into."""


def script(shell: str) -> str:
    """Return what *shell* has to read, with a comment on how it does."""
    from typer._completion_shared import get_completion_script  # it has no public name: --show-completion asks the shell that runs it

    where = SHELLS[shell]
    how = f"pyboot completion {shell} > {where}" if shell == "fish" else f'eval "$(pyboot completion {shell})"  # in {where}'
    return f"# {how}\n{get_completion_script(prog_name='pyboot', complete_var='_PYBOOT_COMPLETE', shell=shell)}"
