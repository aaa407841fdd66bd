"""`python -m deploy.local` is `make demo`."""

import sys

from deploy.local.demo import main

if __name__ == "__main__":
    sys.exit(main())
