"""All rows: each module of this package has a table `ROWS` of its own."""

import pkgutil
from importlib import import_module

from tests.faults.row import Row


def load_rows() -> list[Row]:
    """By number."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return sorted((row for module in modules for row in module.ROWS), key=lambda row: row.number)
