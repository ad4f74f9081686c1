"""`python -m qa_bot`."""

import os
import sys


def _say_utf8() -> None:
    """Start again in UTF-8 where the locale's encoding has no Chinese: arguments and file names are UTF-8 there too."""
    try:
        "讲".encode(sys.getfilesystemencoding())
    except UnicodeEncodeError:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


if __name__ == "__main__":
    try:
        _say_utf8()
        from qa_bot.cli import main

        main()
    except (KeyboardInterrupt, SystemExit) as end:
        # typer turns an interrupt into SystemExit(130), and after that Python would end of the signal itself where the
        # interrupt came inside an `exec` of a text, as some imports have them, however it was caught.
        if isinstance(end, KeyboardInterrupt) or end.code == 130:
            os._exit(130)
        raise
    except ModuleNotFoundError as error:
        if sys.flags.dev_mode:
            raise
        sys.exit(
            f"qa_bot: the package {error.name} is not installed for {sys.executable}; "
            "install requirements.txt, or run the Python of the environment that has it (.venv/bin/python)"
        )
