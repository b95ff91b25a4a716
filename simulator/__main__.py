"""`python -m simulator` runs a tenant in a process of its own."""

import sys

from simulator.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
