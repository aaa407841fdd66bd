"""Forms of pages: what was posted becomes a command, or the form again with all that was typed and what is wrong."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin
from uuid import UUID, uuid4

from fastapi import Depends, File, Request
from fastapi import Form as FormParameter
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import FormData, UploadFile

from shared.contracts.refusals import Refused
from shared.i18n.texts import Texts
from shared.postgres.pool import Tx
from shared.runtime.unit_of_work import open_work
from shared.web.form_errors import MISSING, say_error, say_refusal

CommandT = TypeVar("CommandT", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)
KEY = "_key"
# A form that was sent already, with other values.
_USED = "idempotency-key-reused"


class _Fields(BaseModel):
    model_config = ConfigDict(extra="allow")


async def _read_fields(request: Request, _fields: Annotated[_Fields, FormParameter()]) -> FormData:
    return await request.form()


async def _read_upload(request: Request, _fields: Annotated[_Fields, File()]) -> FormData:
    return await request.form()


# What a form posts: fields alone, and with files, for which the route says its `max_body_size`.
Posted = Annotated[FormData, Depends(_read_fields)]
PostedFiles = Annotated[FormData, Depends(_read_upload)]


class Form(Generic[CommandT]):
    """A form as it stands: what was typed, what is wrong with it, and the command once nothing is.

    `key` tells one showing of the form from another, so that what is sent twice is done once. `known` are fields of
    the command that aren't the form's to say, as those of the address.
    """

    def __init__(
        self,
        model: type[CommandT] | None,
        typed: Mapping[str, Sequence[str]],
        texts: Texts,
        sentences: Mapping[str, str],
    ) -> None:
        self.model = model
        self.command: CommandT | None = None
        self.errors: dict[str, str] = {}
        self.refusal = ""
        self.status = 200
        self.labels: dict[str, str] = {}
        self.files: dict[str, UploadFile] = {}
        self._typed = dict(typed)
        self._texts = texts
        self._sentences = sentences
        self.key = _read_key(self._typed.pop(KEY, ())) or str(uuid4())

    def read(self, known: Mapping[str, Any]) -> None:
        """Make the command of what was typed, or find what is wrong."""
        assert self.model is not None
        try:
            self.command = self.model.model_validate(_collect_values(self.model, self._typed) | dict(known))
        except ValidationError as error:
            for one in error.errors(include_url=False, include_input=False):
                self.reject(_name_field(one["loc"]), say_error(one, self._texts))

    def value(self, name: str) -> str:
        """What stands in a field."""
        values = self._typed.get(name)
        return values[-1] if values else ""

    def values(self, name: str) -> Sequence[str]:
        """What is chosen of a field that takes several."""
        return self._typed.get(name, ())

    def error(self, name: str) -> str:
        """What is wrong with a field."""
        return self.errors.get(name, "")

    def list_errors(self) -> Sequence[tuple[str, str, str]]:
        """The errors in the order of the page: name, label and sentence; without a label what the page doesn't show."""
        shown = [name for name in self.labels if name in self.errors]
        rest = [name for name in self.errors if name not in self.labels]
        return [(name, self.labels.get(name, ""), self.errors[name]) for name in shown + rest]

    def call(self, name: str, label: str) -> None:
        """Note what the page calls a field, for the summary of its errors."""
        self.labels[name] = label

    def reject(self, name: str, sentence: str) -> None:
        """Refuse what was typed into a field ("" is the form as a whole), with a sentence for the reader."""
        self.command = None
        self.status = max(self.status, 422)
        if name:
            self.errors.setdefault(name, sentence)
        else:
            self.refusal = self.refusal or sentence

    def reject_missing(self, name: str) -> None:
        """Refuse a form in which this lacks."""
        self.reject(name, self._texts.translate(MISSING))

    def require_typed(self, name: str, expected: str) -> None:
        """Refuse a form into which the name of a thing wasn't typed as it is written, as `confirm.html` asks."""
        if self.value(name).strip() != expected:
            self.reject(
                name, self._texts.gettext("Type “%(name)s”, exactly as it is written.", name=expected)
            )

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """A refusal within becomes the form's: a sentence on top, and the refusal's status."""
        try:
            yield
        except Refused as refused:
            self.reject("", say_refusal(refused, self._sentences, self._texts))
            self.status = refused.status
            if refused.code == _USED:
                self.key = str(uuid4())

    async def run_once(
        self, request: Request, handle: Callable[[Tx, CommandT], Awaitable[A]], answer: type[A]
    ) -> A:
        """Do the command of a form that creates: once, however often it is sent. Raises as `UnitOfWork.run_once`."""
        command = self.command
        assert command is not None
        return await open_work(request, self.key).run_once(command, lambda tx: handle(tx, command), answer)


def read_posted(posted: FormData) -> tuple[dict[str, list[str]], dict[str, UploadFile]]:
    """The texts that were posted, by name, and the files; of a file that wasn't chosen nothing."""
    texts: dict[str, list[str]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in posted.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files[name] = value
        else:
            texts.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return texts, files


def spell_values(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Values as a form shows them; None is an empty field."""
    return {name: _spell(value) for name, value in values.items()}


def _spell(value: Any) -> list[str]:
    if value is None or value is False:
        return []
    if isinstance(value, list | tuple | set | frozenset):
        return [text for part in value for text in _spell(part)]
    return ["1" if value is True else str(getattr(value, "value", value))]


def _collect_values(model: type[BaseModel], typed: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What was typed, as the model takes it. An empty field says nothing, so that the model's default counts; what
    the model doesn't know, as which button was pressed, is the page's to read."""
    values: dict[str, Any] = {}
    for name, texts in typed.items():
        filled = [text for text in texts if text.strip()]
        field = model.model_fields.get(name)
        if filled and field is not None:
            values[name] = filled if _takes_several(field.annotation) else filled[-1]
    return values


def _takes_several(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (list, tuple, set, frozenset):
        return True
    return any(_takes_several(part) for part in get_args(annotation)) if origin else False


def _name_field(location: Sequence[int | str]) -> str:
    return str(location[0]) if location else ""


def _read_key(given: Sequence[str]) -> str | None:
    try:
        return str(UUID(given[-1])) if given else None
    except ValueError:
        return None
