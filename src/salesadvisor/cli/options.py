"""Which options does every command take? They may stand before the command or after it."""

from __future__ import annotations

from typing import Any

import click

from salesadvisor.cli.face import Face
from salesadvisor.settings import DEFAULT_PLAYBOOK, DEFAULT_STORE

HELP_NAMES = {"help_option_names": ["-h", "--help"]}
SHARED = "--store, --playbook, --workers, --json and --quiet may stand here as well."


class Command(click.Command):
    """A command that takes the shared options too, without listing them in its help."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"context_settings": HELP_NAMES, "epilog": SHARED, **kwargs})
        self.params += _missing(self.params)


class Group(click.Group):
    """A group of commands."""

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"context_settings": HELP_NAMES, **kwargs})
        if "no_args_is_help" not in kwargs:
            self.no_args_is_help = True
        self.params += _missing(self.params)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, but an interruption is told in one line, by whoever called."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None


def shared_options(*, hidden: bool) -> list[click.Option]:
    """The options, each of which writes itself into the Face of the whole run."""
    return [
        _shared(
            ["--store"],
            metavar="URL",
            help=f"The event store: a file, or sqlite:///FILE.  [default: {DEFAULT_STORE}]",
            hidden=hidden,
        ),
        _shared(
            ["--playbook"],
            metavar="DIR|NAME",
            help=f"A playbook's directory, or a shipped one.  [default: {DEFAULT_PLAYBOOK}]",
            hidden=hidden,
        ),
        _shared(
            ["--workers"],
            type=click.IntRange(1),
            metavar="N",
            help="Threads.  [default: all processors]",
            hidden=hidden,
        ),
        _shared(
            ["--json", "as_json"], is_flag=True, help="Answer in JSON, one document.", hidden=hidden
        ),
        _shared(
            ["--quiet", "-q"],
            is_flag=True,
            help="Only the answer: no notes, hints or progress.",
            hidden=hidden,
        ),
    ]


def _shared(names: list[str], **attributes: Any) -> click.Option:
    return click.Option(names, expose_value=False, callback=_take, **attributes)


def _take(context: click.Context, option: click.Parameter, value: Any) -> None:
    face = context.find_root().ensure_object(Face)
    # An option that isn't given after the command doesn't undo the one before it.
    if value is not None and value is not False:
        setattr(face, str(option.name), value)


def _missing(given: list[click.Parameter]) -> list[click.Parameter]:
    names = {parameter.name for parameter in given}
    return [option for option in shared_options(hidden=True) if option.name not in names]
