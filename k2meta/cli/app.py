"""The command line's entry point: verbs, the version, and how errors leave the program."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from k2meta.cli.audit import audit_command
from k2meta.cli.datasets import datasets_command
from k2meta.cli.fit import fit_command
from k2meta.cli.output import as_options, show_warnings
from k2meta.cli.plot import plot_command
from k2meta.cli.reproduce import reproduce_command
from k2meta.cli.roles import CONTEXT
from k2meta.errors import K2MetaError

__all__ = ["app", "main"]

app = typer.Typer(
    name="k2meta",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Meta-analysis: pool study rows, draw figures, audit printed numbers, reproduce published papers.",
    epilog="Errors go to stderr with exit code 2. --json writes one JSON document on stdout.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from k2meta import __version__

        typer.echo(f"k2meta {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


app.command("fit", context_settings=CONTEXT)(fit_command)
app.command("plot", context_settings=CONTEXT)(plot_command)
app.command("datasets")(datasets_command)
app.command("audit")(audit_command)
app.command("reproduce")(reproduce_command)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; give the exit code (0, or 2 with the message on stderr)."""
    hook = sys.excepthook  # typer sets one of its own
    try:
        with show_warnings():
            app(args=arguments, prog_name="k2meta")
    except K2MetaError as error:
        print(f"k2meta: {error}", file=sys.stderr)
        if hint := as_options(str(error)):
            print(hint, file=sys.stderr)
        return 2
    except SystemExit as leaving:
        code = leaving.code
        return code if isinstance(code, int) else int(code is not None)
    except KeyboardInterrupt:
        print("k2meta: interrupted", file=sys.stderr)
        return 130
    finally:
        sys.excepthook = hook
        _flush()
    return 0


def _flush() -> None:
    """Write out what is left; a reader who has gone (``| head``) is no fault worth a message at exit."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
