"""A typed Python function as a tool: its docstring is the description, its signature the schema of the input."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.json_schema import GenerateJsonSchema

from conversations.tools.threads import in_thread
from conversations.tools.tool import Caller, ToolFailed

LIMIT_S = 10.0
MAX_FAULTS = 3  # that Claude is told of at once


class FunctionTool:
    """Made by `tool`. A parameter of type Caller is given by the site and is no part of the schema."""

    asks_first = False

    def __init__(self, function: Callable[..., str | Awaitable[str]], limit_s: float) -> None:
        hints = get_type_hints(function, include_extras=True)
        parameters = inspect.signature(function).parameters
        self.name = function.__name__
        self.description = inspect.cleandoc(function.__doc__ or "")
        self.limit_s = limit_s
        self._function = function
        self._caller_name = next((name for name in parameters if hints[name] is Caller), "")
        fields: dict[str, Any] = {
            name: (hints[name], ... if parameter.default is parameter.empty else parameter.default)
            for name, parameter in parameters.items()
            if name != self._caller_name
        }
        self._input: type[BaseModel] = create_model(self.name, __config__=ConfigDict(extra="forbid"), **fields)
        self.input_schema: Mapping[str, Any] = _schema_of(self._input)

    async def run(self, given: Mapping[str, Any], caller: Caller) -> str:
        """A coroutine function runs on the loop, any other in a thread of its own."""
        arguments = self._arguments(given)
        if self._caller_name:
            arguments[self._caller_name] = caller
        if inspect.iscoroutinefunction(self._function):
            told: str = await self._function(**arguments)
            return told
        return await in_thread(lambda: str(self._function(**arguments)))

    def _arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        try:
            checked = self._input.model_validate(dict(given))
        except ValidationError as error:
            raise ToolFailed(f"The input does not fit: {_faults(error)}") from error
        return {name: getattr(checked, name) for name in self._input.model_fields}


def tool(*, limit_s: float = LIMIT_S) -> Callable[[Callable[..., str | Awaitable[str]]], FunctionTool]:
    return lambda function: FunctionTool(function, limit_s)


class _Untitled(GenerateJsonSchema):
    """Titles would only repeat the names, in every request."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schema_of(model: type[BaseModel]) -> Mapping[str, Any]:
    schema = model.model_json_schema(schema_generator=_Untitled)
    return {"properties": {}} | {key: value for key, value in schema.items() if key != "title"}


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = (f"{'.'.join(map(str, fault['loc'])) or 'input'}: {fault['msg']}" for fault in faults[:MAX_FAULTS])
    return "; ".join(told) + "."
