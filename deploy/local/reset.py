"""`make reset`: forget all data of the demo in this checkout; needs nothing but Python."""

import sys

from deploy.local.failure import Failed
from deploy.local.home import HOME, forget


def main() -> int:
    try:
        forget(HOME)
    except Failed as failed:
        sys.stderr.write(f"{failed.sentence}\n")
        return 1
    sys.stdout.write(f"All data in {HOME} is forgotten; downloads are kept.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
