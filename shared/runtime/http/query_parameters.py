"""Query parameters that a route doesn't declare are refused: passed over in silence, a misspelt filter shows all."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel


async def refuse_undeclared_parameters(request: Request) -> None:
    """A dependency of all of a service's routes. Raises RequestValidationError, which names each such parameter.

    A page takes any address, as people type and shorten it, and makes the best of it.
    """
    route = request.scope["route"]
    if not request.query_params or _answers_a_page(route):
        return
    declared = set(_list_parameters(route.dependant))
    undeclared = [name for name in request.query_params if name not in declared]
    if undeclared:
        raise RequestValidationError(
            [
                {
                    "type": "extra_forbidden",
                    "loc": ("query", name),
                    "msg": "This parameter is not known here.",
                }
                for name in undeclared
            ]
        )


def _answers_a_page(route: APIRoute) -> bool:
    response_class = route.response_class
    return isinstance(response_class, type) and issubclass(response_class, HTMLResponse)


def _list_parameters(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from model.model_fields
        else:
            yield field.alias
    for dependency in dependant.dependencies:
        yield from _list_parameters(dependency)
