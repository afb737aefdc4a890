"""The command line with small import batches, so that a short history has many of them to be killed in."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from answerable.app import boot, cli

    prepare = boot.django_ready

    def ready() -> None:
        prepare()
        from answerable.history import rows

        rows.BATCH = 20

    boot.django_ready = ready
    sys.exit(cli.main())
