"""Python's builtins and the methods of its own types, as far as revisions use them."""

from __future__ import annotations

import builtins
import json
import posixpath
import re
import textwrap
from contextlib import suppress
from typing import Any, Protocol

from msgspec.structs import replace

from alembic_review.parsing.values import (
    LONGEST,
    MOST_PIECES,
    ClassValue,
    Closure,
    Defaults,
    FilePath,
    Globals,
    Handle,
    Listed,
    Made,
    Member,
    Names,
    Query,
    Ref,
    Result,
    Some,
    Unknown,
    cut,
    formatted,
    joined,
    text_of,
)
from alembic_review.types import HOLE

BUILTINS = frozenset(vars(builtins))

_MOST_BITS = 10_000
"""No number is made longer than this."""

_TOO_WIDE = re.compile(r"%[^%a-zA-Z]*(?:[0-9]{6}|\*)")

_LONGEST_RANGE = 20_000

STRING_METHODS = frozenset(
    [
        "strip",
        "lstrip",
        "rstrip",
        "replace",
        "lower",
        "upper",
        "title",
        "capitalize",
        "split",
        "rsplit",
        "splitlines",
        "startswith",
        "endswith",
        "join",
        "format",
        "format_map",
        "removeprefix",
        "removesuffix",
        "zfill",
        "find",
        "index",
        "count",
        "isdigit",
        "isidentifier",
        "partition",
        "rpartition",
        "casefold",
        "swapcase",
        "isupper",
        "islower",
        "ljust",
        "rjust",
        "center",
    ]
)


OWN_DECORATORS = {
    "contextmanager": "contextmanager",
    "asynccontextmanager": "contextmanager",
    "property": "property",
    "cached_property": "property",
    "staticmethod": "staticmethod",
    "classmethod": "classmethod",
}
"""What Python's own decorators make of a function; those that differ in nothing that matters have one name."""


class Host(Protocol):
    """What a builtin asks of the evaluator."""

    dialect: str

    def items(self, value: Any) -> list[Any] | None: ...

    def truth(self, value: Any) -> bool | Query: ...

    def plain(self, value: Any) -> Any: ...

    def call(self, func: Any, made: Made) -> Any: ...

    def attribute(self, owner: Any, name: str) -> Any: ...


def operate(operator: str, left: Any, right: Any) -> Any:
    """The value of ``left operator right``."""
    if operator == "+":
        return _add(left, right)
    if operator == "%" and isinstance(left, str):
        return _percent(left, right)
    if operator == "/" and (isinstance(left, FilePath) or _is_path(left)) and isinstance(right, str):
        return FilePath(posixpath.join(left, right) if isinstance(left, str) else right)
    if isinstance(left, bool) or isinstance(right, bool):
        pass
    elif isinstance(left, (int, float)) and isinstance(right, (int, float)):
        try:
            if operator == "*" and too_large(left, right):
                return Unknown("a number that is too large")
            if operator in ("-", "*", "/", "//", "%"):
                return _ARITHMETIC[operator](left, right)
            if operator == "**" and abs(left) < 1000 and 0 <= right < 100:
                return left**right
            if operator == "<<" and isinstance(left, int) and isinstance(right, int) and 0 <= right < 64:
                return left << right
            if operator in ("|", "&", ">>") and isinstance(left, int) and isinstance(right, int):
                return {"|": left | right, "&": left & right, ">>": left >> max(right, 0)}[operator]
        except (ArithmeticError, ValueError):
            return Unknown("arithmetic that fails")
    if operator == "*":
        many, count = (left, right) if isinstance(right, int) else (right, left)
        if isinstance(many, (str, list, tuple)) and isinstance(count, int):
            if len(many) * max(count, 0) > LONGEST:
                return Unknown("a text that is too long")
            return many * count
    if operator == "|" and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    if isinstance(left, (set, frozenset)) and isinstance(right, (set, frozenset)):
        if operator == "-":
            return left - right
        if operator in ("|", "&"):
            return left | right if operator == "|" else left & right
    return Made(Ref(f"operator.{operator}"), [left, right], {})


_ARITHMETIC: dict[str, Any] = {
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "//": lambda left, right: left // right,
    "%": lambda left, right: left % right,
}


def too_large(*numbers: Any) -> bool:
    """Whether the product of numbers is larger than is followed."""
    return sum([number.bit_length() for number in numbers if isinstance(number, int)]) > _MOST_BITS


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        one, other = text_of(left), text_of(right)
        if one is None or other is None or len(one) + len(other) > LONGEST:
            return Unknown("a sum of what is not text")
        return joined([one, other])
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)) and len(left) + len(right) <= LONGEST:
        return [*left, *right] if isinstance(left, list) else (*left, *right)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left + right
    return Made(Ref("operator.+"), [left, right], {})


def _percent(left: str, right: Any) -> Any:
    values = right if isinstance(right, dict) else dict(enumerate(right if isinstance(right, tuple) else (right,)))
    shown = {key: _shown(value) for key, value in values.items()}
    longest = max([len(value) for value in shown.values() if isinstance(value, str)], default=0)
    if _TOO_WIDE.search(left) or left.count("%") * longest > LONGEST:
        return _holes(left)
    try:
        return left % (shown if values is right else tuple(shown.values()))
    except (TypeError, ValueError, KeyError, OverflowError):
        return _holes(left)


def _shown(value: Any) -> Any:
    if isinstance(value, (str, int, float)):
        return value
    return text_of(value) if text_of(value) is not None else HOLE


def _holes(template: str) -> str:
    """A template whose values do not fit: only its text is known."""
    head = template.partition("%")[0]
    return head + HOLE


def call_builtin(host: Host, name: str, made: Made) -> Any:
    """The value of a call of a builtin function."""
    args = made.args
    first = args[0] if args else None
    if name in ("print", "setattr", "delattr", "super", "breakpoint"):
        return None if name != "super" else Unknown("super()")
    if name == "getattr" and len(args) >= 2:
        if isinstance(args[1], str) and (HOLE not in args[1] or isinstance(first, Globals)):
            return host.attribute(first, args[1])
        return Unknown("an attribute that is not known", (first,))
    if name == "__import__":
        return _module(first)
    if name in OWN_DECORATORS and isinstance(first, Closure):
        return replace(first, under=OWN_DECORATORS[name])
    if name in ("isinstance", "issubclass", "hasattr", "callable"):
        return _isinstance(host, first, args[1]) if name == "isinstance" and len(args) == 2 else Query("unknown")
    if isinstance(first, Names) and name in ("list", "set", "sorted", "tuple", "frozenset", "iter"):
        return first
    if isinstance(first, (Some, Result, Query)) and name in ("any", "bool", "next", "list", "len", "set", "tuple"):
        return first
    if isinstance(first, (Listed, Unknown)) and name not in ("str", "repr", "next", "range"):
        return Unknown("a builtin on what is not known")
    if name in ("list", "tuple", "set", "frozenset", "sorted", "reversed", "enumerate"):
        return _collected(host, name, made)
    if name == "zip":
        columns = [host.items(arg) for arg in args]
        if any(column is None for column in columns):
            return Unknown("a builtin on what is not known")
        return [tuple(row) for row in zip(*[column or [] for column in columns], strict=False)]
    if name in ("map", "filter") and len(args) == 2:
        items = host.items(args[1])
        if items is None:
            return Unknown("a builtin on what is not known")
        mapped = [host.call(first, Made(first, [item], {}, made.place)) for item in items]
        if name == "map":
            return mapped
        kept = [item for item, value in zip(items, mapped, strict=True) if host.truth(value) is True]
        return kept if all(isinstance(host.truth(value), bool) for value in mapped) else Unknown("a filter")
    if name in ("any", "all"):
        items = host.items(first)
        if items is None:
            return Query("unknown")
        truths = [host.truth(item) for item in items]
        wanted = name == "any"
        if any(truth is wanted for truth in truths):
            return wanted
        asked = tuple([truth for truth in truths if isinstance(truth, Query)])
        return Query(name, parts=asked) if asked else not wanted  # type: ignore[arg-type]
    if name == "dict":
        return _dict(host, first, made)
    if name in ("str", "repr"):
        value = host.plain(first) if args else ""
        text = text_of(value)
        if text is None or text == HOLE:
            return HOLE
        return text if name == "str" else repr(str(value) if isinstance(value, str) else value)
    if name == "len":
        return len(first) if isinstance(first, (str, list, tuple, dict, set, range)) else Unknown("a length")
    if name == "range" and all(isinstance(arg, int) for arg in args) and 1 <= len(args) <= 3:
        try:
            made_range = range(*args)
        except ValueError:
            return Unknown("a range that fails")
        return made_range if len(made_range) <= _LONGEST_RANGE else Unknown("a loop that is too long")
    if name == "next":
        items = host.items(first)
        if items:
            return items[0]
        return args[1] if items is not None and len(args) > 1 else Unknown("the next of what is not known")
    if name in ("int", "float", "bool", "abs", "round", "min", "max", "sum", "ord", "chr", "hex"):
        return _number(host, name, args)
    if name == "open":
        return Made(Ref("builtins.open"), args, made.kwargs, made.place)
    if name == "type" and isinstance(first, ClassValue):
        return Unknown("a type")
    return Made(Ref(f"builtins.{name}"), args, made.kwargs, made.place)


def _module(name: Any) -> Ref:
    """A module by its name; one that is not known may be any."""
    return Ref(str(name) if isinstance(name, str) and not name.startswith(".") else HOLE)


def _isinstance(host: Host, value: Any, cls: Any) -> Any:
    if isinstance(value, Handle) and value.kind == "dialect":
        asked = [_dialect_of(one) for one in (cls if isinstance(cls, tuple) else (cls,))]
        mine = ("mysql", "mariadb") if host.dialect == "mariadb" else (host.dialect,)
        return True if any(one in mine for one in asked) else Query("unknown") if None in asked else False
    if isinstance(value, Some) and value.query.question == "type":
        classes = cls if isinstance(cls, tuple) else (cls,)
        if all(isinstance(one, Ref) and one.root == "sqlalchemy" for one in classes):
            return replace(value.query, text=" ".join(one.leaf for one in classes))
    known = {"builtins.str": str, "builtins.list": list, "builtins.tuple": tuple, "builtins.dict": dict}
    wanted = known.get(cls.name) if isinstance(cls, Ref) else None
    if wanted is not None and isinstance(value, (str, list, tuple, dict, int, type(None))):
        return isinstance(value, wanted)
    return Query("unknown")


def _dialect_of(cls: Any) -> str | None:
    """The dialect whose class it is: ``sqlalchemy.dialects.mysql.base.MySQLDialect``, ``postgresql.dialect``."""
    parts = cls.name.split(".") if isinstance(cls, Ref) else []
    return parts[2] if parts[:2] == ["sqlalchemy", "dialects"] and len(parts) > 3 else None


def _collected(host: Host, name: str, made: Made) -> Any:
    first = made.args[0] if made.args else ()
    items = host.items(first)
    if items is None:
        return Unknown("a builtin on what is not known")
    if name == "enumerate":
        start = made.given(1, "start", 0)
        return list(enumerate(items, start if isinstance(start, int) else 0))
    if name == "sorted":
        if made.kwargs.get("key") is not None:
            return items
        try:
            items = sorted(items)
        except TypeError:
            return items
        return items[::-1] if made.kwargs.get("reverse") is True else items
    if name == "reversed":
        return items[::-1]
    try:
        return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[name](items)
    except TypeError:
        return items


def _dict(host: Host, first: Any, made: Made) -> Any:
    found: dict[Any, Any] = {}
    if isinstance(first, dict):
        found.update(first)
    elif made.args:
        items = host.items(first)
        if items is None:
            return Unknown("a builtin on what is not known")
        for item in items:
            if isinstance(item, (list, tuple)) and len(item) == 2 and isinstance(item[0], (str, int)):
                found[item[0]] = item[1]
    found.update(made.kwargs)
    return found


def _number(host: Host, name: str, args: list[Any]) -> Any:
    if name == "bool":
        return host.truth(args[0]) if args else False
    if not all(isinstance(arg, (int, float, str, list, tuple)) for arg in args):
        return Unknown("a builtin on what is not known")
    try:
        number = getattr(builtins, name)(*args)
        return Unknown("a number that is too large") if too_large(number) else number
    except (TypeError, ValueError, ArithmeticError):
        return Unknown("a builtin that fails")


def _is_path(value: Any) -> bool:
    return isinstance(value, Made) and value.leaf == "Path"


def call_method(host: Host, owner: Any, name: str, made: Made) -> Any:
    """The value of a method of one of Python's own types."""
    args, kwargs = made.args, made.kwargs
    if isinstance(owner, str):
        return _string_method(host, owner, name, args, kwargs)
    if name == "clear" and isinstance(owner, (list, dict, set)):
        owner.clear()
        return None
    if isinstance(owner, dict):
        return _dict_method(owner, name, made)
    if isinstance(owner, list):
        if name == "append" and args and len(owner) < LONGEST:
            owner.append(args[0])
            return None
        if name == "extend" and args:
            owner.extend(host.items(args[0]) or [Unknown("what a list is extended by")])
            return None
        if name == "insert" and len(args) == 2 and isinstance(args[0], int):
            owner.insert(args[0], args[1])
            return None
        if name == "reverse":
            owner.reverse()
            return None
        if name == "pop":
            index = args[0] if args and isinstance(args[0], int) else -1
            return owner.pop(index) if -len(owner) <= index < len(owner) else Unknown("an item that is not there")
        if name == "remove":
            if args and args[0] in owner:
                owner.remove(args[0])
            return None
        if name == "sort":
            owner[:] = _collected(host, "sorted", Made(made.func, [owner], made.kwargs))
            return None
    if isinstance(owner, set) and name in ("discard", "remove") and args:
        with suppress(TypeError):
            owner.discard(args[0])
        return None
    if name == "copy":
        return owner.copy()
    if name in ("index", "count") and args:
        try:
            return getattr(owner, name)(args[0])
        except (ValueError, TypeError, AttributeError):
            return Unknown("a method that fails")
    if name in ("union", "difference", "intersection") and isinstance(owner, (set, frozenset)):
        others = [host.items(arg) for arg in args]
        if all(other is not None for other in others):
            return getattr(owner, name)(*[other or [] for other in others])
    return Unknown("a method that is not followed")


def _dict_method(owner: dict[Any, Any], name: str, made: Made) -> Any:
    args = made.args
    if name == "items":
        return list(owner.items())
    if name == "keys":
        return list(owner)
    if name == "values":
        return list(owner.values())
    if name in ("get", "pop", "setdefault") and args:
        key = args[0]
        default = args[1] if len(args) > 1 else None
        if not isinstance(key, (str, int, tuple, bool, type(None))) or (isinstance(key, str) and HOLE in key):
            return Unknown("a key that is not known", (owner, default))
        try:
            return getattr(owner, name)(key, default)
        except TypeError:
            return Unknown("a key that is not known", (owner, default))
    if name == "update":
        if args and isinstance(args[0], dict):
            owner.update(args[0])
        owner.update(made.kwargs)
        return None
    if name == "copy":
        return dict(owner)
    return Unknown("a method that is not followed")


def _string_method(host: Host, owner: str, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    if name == "format" or name == "format_map":
        return _format(host, owner, args if name == "format" else [], args[0] if name == "format_map" else kwargs)
    if name == "join" and args:
        items = host.items(args[0])
        if items is None:
            return HOLE
        parts: list[str] = []
        for index, item in enumerate(items):
            if index:
                parts.append(owner)
            text = text_of(host.plain(item))
            parts.append(HOLE if text is None else text)
        return joined(parts)
    if name in ("strip", "lstrip", "rstrip") and not args:
        start = 0 if name == "rstrip" else len(owner) - len(owner.lstrip())
        end = len(owner) if name == "lstrip" else len(owner.rstrip())
        return cut(owner, start, max(start, end))
    if name == "replace" and len(args) >= 2 and isinstance(args[0], str) and args[0]:
        text = text_of(host.plain(args[1]))
        if text is None:
            text = HOLE
        many = owner.count(args[0])
        if many * len(text) > LONGEST:
            return Unknown("a text that is too long")
        return str(owner).replace(args[0], text) if many > MOST_PIECES else _replaced(owner, args[0], text)
    if name == "dedent":
        return dedent(owner)
    if name in ("decode", "encode"):
        return owner
    if name not in STRING_METHODS:
        return Unknown("a method that is not followed")
    plain = [str(arg) if isinstance(arg, str) else arg for arg in args]
    if not all(isinstance(arg, (str, int, tuple, type(None))) for arg in plain):
        return Unknown("a method on what is not known")
    if any(isinstance(arg, int) and abs(arg) > 10_000 for arg in plain):
        return Unknown("a text that is too long")
    try:
        return getattr(str(owner), name)(*plain, **kwargs)
    except (TypeError, ValueError, LookupError):
        return Unknown("a method that fails")


def _replaced(owner: str, old: str, new: str) -> str:
    parts: list[str] = []
    at = 0
    while True:
        found = owner.find(old, at)
        if found < 0:
            parts.append(cut(owner, at, len(owner)))
            return joined(parts)
        parts.extend((cut(owner, at, found), new))
        at = found + len(old)


def _format(host: Host, template: str, args: list[Any], kwargs: Any) -> Any:
    import string

    fields = kwargs if isinstance(kwargs, dict) else {}
    parts: list[str] = []
    automatic = 0
    at = 0
    try:
        parsed = list(string.Formatter().parse(str(template)))
    except ValueError:
        return Unknown("a format that fails")
    for text, field, shape, _conversion in parsed:
        if text:
            found = template.find(text, at)
            parts.append(cut(template, found, found + len(text)) if found >= 0 else text)
            at = max(found, at)
        if field is None:
            continue
        key = field
        if key == "":
            key, automatic = str(automatic), automatic + 1
        value: Any
        if key.isdigit():
            value = args[int(key)] if int(key) < len(args) else Unknown("a format that fails")
        else:
            head, *rest = key.split(".")
            value = fields.get(head, Unknown("a format that fails"))
            for attribute in rest:
                value = host.attribute(value, attribute)
        value = host.plain(value)
        shown = text_of(value)
        if shown is not None and shape and isinstance(value, (str, int, float)):
            shown = formatted(value, shape)
        parts.append(HOLE if shown is None else shown)
    return joined(parts)


_PLACEHOLDER = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def substituted(host: Host, template: Any, made: Made) -> Any:
    """``string.Template(template).substitute(…)``."""
    if not isinstance(template, str):
        return Unknown("a template that is not known")
    given = {**made.args[0], **made.kwargs} if made.args and isinstance(made.args[0], dict) else made.kwargs
    parts: list[str] = []
    at = 0
    for match in _PLACEHOLDER.finditer(template):
        value = host.plain(given.get(match[2] or match[3], Unknown("not given")))
        parts.extend((cut(template, at, match.start()), "$" if match[1] else text_of(value) or HOLE))
        at = match.end()
    return joined([*parts, cut(template, at, len(template))])


def path_attribute(path: FilePath, name: str) -> Any:
    """What a path tells of itself; None where that is nothing that is followed."""
    if name == "parent":
        return FilePath(posixpath.dirname(path))
    if name == "parents":
        found = [FilePath(posixpath.dirname(path))]
        while found[-1] not in ("", "/"):
            found.append(FilePath(posixpath.dirname(found[-1])))
        return found
    if name == "name":
        return posixpath.basename(path)
    stem, suffix = posixpath.splitext(posixpath.basename(path))
    return {"stem": stem, "suffix": suffix}.get(name)


def path_method(path: FilePath, name: str, args: list[Any]) -> Any:
    """What a method makes of a path; None where that is none that is followed."""
    if name in ("resolve", "absolute", "expanduser", "as_posix"):
        return path
    if not all(isinstance(arg, str) and HOLE not in arg for arg in args):
        return None
    if name == "joinpath":
        return FilePath(posixpath.join(path, *args))
    if name == "with_name" and args:
        return FilePath(posixpath.join(posixpath.dirname(path), args[0]))
    if name == "with_suffix" and args:
        return FilePath(posixpath.splitext(path)[0] + args[0])
    return None


def dedent(text: str) -> str:
    """``textwrap.dedent``, keeping where each line comes from."""
    plain = textwrap.dedent(str(text)).splitlines(keepends=True)
    parts: list[str] = []
    at = 0
    for line, short in zip(str(text).splitlines(keepends=True), plain, strict=False):
        end = at + len(line)
        if line.strip():
            parts.append(cut(text, end - len(short), end))
        else:
            parts.append(short)
        at = end
    return joined(parts)


def call_standard(host: Host, name: str, made: Made) -> Any:
    """The value of a call into the standard library, for the few functions that texts are made with."""
    first = made.args[0] if made.args else None
    if name == "textwrap.dedent" and isinstance(first, str):
        return dedent(first)
    if name == "textwrap.indent" and isinstance(first, str) and isinstance(made.given(1, "prefix"), str):
        return textwrap.indent(str(first), made.given(1, "prefix"))
    if name in ("inspect.cleandoc",) and isinstance(first, str):
        return dedent(first)
    if name == "json.dumps" and isinstance(first, (dict, list, str, int, tuple)):
        try:
            return json.dumps(first)
        except (TypeError, ValueError, RecursionError):
            return HOLE
    if name == "collections.OrderedDict":
        return _dict(host, first, made)
    if name == "collections.defaultdict":
        found = Defaults(made.args[1] if len(made.args) > 1 and isinstance(made.args[1], dict) else {})
        found.factory = first
        return found
    if name in ("os.path.join", "posixpath.join"):
        if all(isinstance(arg, str) for arg in made.args):
            return FilePath(posixpath.join(*made.args))
        return Unknown("a path that is not known")
    if name in ("os.path.dirname",) and isinstance(first, str):
        return FilePath(posixpath.dirname(first))
    if name in ("os.path.abspath", "os.path.realpath", "os.fspath", "pathlib.Path", "pathlib.PurePath"):
        parts = [arg for arg in made.args if isinstance(arg, str)]
        return FilePath(posixpath.join(*parts)) if parts and len(parts) == len(made.args) else Unknown("a path")
    if name in ("string.Template", "dataclasses.field"):
        return Made(Ref(name), made.args, made.kwargs, made.place)
    if name == "itertools.chain":
        chained = [host.items(arg) for arg in made.args]
        if all(items is not None for items in chained):
            return [item for items in chained for item in items or ()]
    if name == "itertools.product" and not made.kwargs:
        import itertools

        columns = [host.items(arg) for arg in made.args]
        if all(column is not None for column in columns):
            return list(itertools.islice(itertools.product(*[column or [] for column in columns]), _LONGEST_RANGE))
    if name == "importlib.import_module":
        return _module(first)
    if name == "functools.partial" and isinstance(first, (Ref, Member, Closure)):
        return Made(Ref("functools.partial"), made.args, made.kwargs, made.place)
    return None
