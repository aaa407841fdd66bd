"""`make reset`: delete all data of the demo in this checkout; needs nothing but Python."""

import sys

from deploy.local.failure import Failed
from deploy.local.home import HOME, reset_home


def main() -> int:
    try:
        reset_home(HOME)
    except Failed as failed:
        sys.stderr.write(f"{failed.sentence}\n")
        return 1
    sys.stdout.write(f"All data in {HOME} is deleted; downloads are kept.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
