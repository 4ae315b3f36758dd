"""`python -m analysis`: the same as the `analysis` command."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:  # `python -m` has put the current folder first, where anything may lie
        del sys.path[0]

    from analysis.cli import main

    main(prog_name="analysis")
