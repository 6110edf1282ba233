"""What can stop a run, named for what the operator must do.

BroadsheetError
├── TryLater        a store, a database or the network is unwell       retry      exit 75
├── FixSeed         a seed, a setting or an argument is wrong          fail now   exit 78
├── SiteChanged     a site no longer fits its seed                     fail now   exit 65
└── BrokenContract  rows do not fit the schema or failed the audit     fail now   exit 70

Trouble with one URL is never an exception: it is a `Miss` or a `Reject` with a `Reason`.
Exit codes are those of BSD's sysexits.h. This module imports nothing.
"""


class BroadsheetError(Exception):
    """One clear line for a person: what is wrong, where, and what to do about it."""

    exit_code = 1


class TryLater(BroadsheetError):
    """A store, a database or the network is unwell; the same call may succeed later.

    `retry_after_s` is the pause that the other side asked for, if it named one.
    """

    exit_code = 75

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class FixSeed(BroadsheetError):
    """A seed file, a setting or an argument is wrong; only a person can mend it."""

    exit_code = 78


class SiteChanged(BroadsheetError):
    """A site gives too little for its seed: layout, feed or address has changed."""

    exit_code = 65


class BrokenContract(BroadsheetError):
    """Rows that must not become visible: the audit failed or the schema does not hold."""

    exit_code = 70
