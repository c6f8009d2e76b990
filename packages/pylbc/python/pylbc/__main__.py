"""``python -m pylbc``: the ``lbc`` command."""

from pylbc.command import main

main()
