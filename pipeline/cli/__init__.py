"""The command `broadsheet`. Data goes to standard output, words to standard error."""

from __future__ import annotations

import os
import sys

from pipeline.errors import BroadsheetError

#: sysexits.h: an error in the software itself.
_EX_SOFTWARE = 70


def main() -> None:
    """Run the command line and end the process with its exit code.

    What stops a run is one line on standard error; `--debug` shows where it came from.
    """
    from pipeline.cli.app import app

    try:
        app(prog_name="broadsheet")
    except BroadsheetError as error:
        _stop(str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 - a person reads this: the traceback is one option away
        what = " ".join(f"{type(error).__name__}: {error}".split())
        _stop(f"this is a bug: {what}\nrun `broadsheet --debug …` for the traceback", _EX_SOFTWARE)


def _stop(message: str, code: int) -> None:
    """End the process. Called while an exception is handled, so `raise` shows that one."""
    from pipeline.cli import out

    if os.environ.get("BROADSHEET_DEBUG"):
        raise  # noqa: PLE0704 - see the docstring
    for line in message.splitlines():
        out.say(f"broadsheet: {line}")
    sys.exit(code)
