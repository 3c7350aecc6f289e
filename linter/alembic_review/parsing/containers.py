"""Lists, sets and dicts as a run changes, combines and asks them: what they hold may hang on conditions."""

from __future__ import annotations

from typing import Any

from alembic_review.parsing.builtins import call_builtin, call_method, operate, too_large
from alembic_review.parsing.evaluate import Evaluator
from alembic_review.parsing.gathering import Gathered, Items, adds, further, gathered, put
from alembic_review.parsing.listing import of_names, question
from alembic_review.parsing.values import Made, Names, Query, Some, Unknown, has_unknown, hashable


def put_item(evaluator: Evaluator, owner: dict[Any, Any], key: Any, value: Any) -> None:
    """``owner[key] = value``, on the conditions of the moment."""
    hangs = evaluator.hangs(owner)
    evaluator.grown(owner, value)
    if not hashable(key):
        evaluator.gathering(owner).open = True
    elif not hangs and evaluator.gathered_of(owner) is None:
        owner[key] = value
    else:
        put(evaluator.gathering(owner), (key, value), hangs)


def change(evaluator: Evaluator, owner: Any, name: str, made: Made) -> Any:
    """A method that changes a container: what it adds hangs on the conditions of the moment."""
    hangs = evaluator.hangs(owner)
    if not adds(name):
        if not hangs and evaluator.gathered_of(owner) is None and _takes_for_sure(owner, name, made.args):
            return call_method(evaluator, owner, name, made)
        evaluator.gathering(owner).take(evaluator.condition(Query("unknown", text="an item may have been taken out")))
        key = made.args[0] if made.args else None
        sure = isinstance(owner, dict) and hashable(key) and key in owner
        return owner[key] if sure else Unknown("an item of what is not known")
    if name == "setdefault" and isinstance(owner, dict) and made.args:
        key, default = made.args[0], made.given(1, "default")
        if hashable(key) and key in owner:
            return owner[key]
        put_item(evaluator, owner, key, default)
        return default
    items: Items | None = []
    if name in ("append", "add"):
        items = [(arg, ()) for arg in made.args]
    elif name == "insert":
        items = [(arg, ()) for arg in made.args[1:]]
    elif isinstance(owner, dict):
        items = _pairs(evaluator, made)
    else:
        for arg in made.args:
            more = evaluator.entries(arg)
            items = None if items is None or more is None else [*items, *more]
    found = evaluator.gathered_of(owner)
    if items is None:
        evaluator.gathering(owner).open = True
        return None
    if found is None and not hangs and not any(when for _item, when in items):
        if name == "insert":
            evaluator.grown(owner, made.args[-1])
            return call_method(evaluator, owner, name, made)
        found = Gathered(owner)
    elif found is None:
        found = evaluator.gathering(owner)
    for item, when in items:
        evaluator.step()
        evaluator.grown(owner, item)
        put(found, item, (*hangs, *further(when, hangs)))
    return None


def _takes_for_sure(owner: Any, name: str, args: list[Any]) -> bool:
    """Whether it is known what a method takes out."""
    if name == "clear":
        return True
    if name == "pop" and isinstance(owner, list):
        return all(isinstance(arg, int) for arg in args)
    return name in ("pop", "remove", "discard") and bool(args) and hashable(args[0]) and not has_unknown(args[0])


def _pairs(evaluator: Evaluator, made: Made) -> Items | None:
    items: Items = [(pair, ()) for pair in made.kwargs.items()]
    for arg in made.args:
        found = evaluator.gathered_of(arg)
        if not isinstance(arg, dict) or (found is not None and found.open):
            return None
        items.extend(found.pairs() if found is not None else [(pair, ()) for pair in arg.items()])
    return items


def method_of_gathered(evaluator: Evaluator, found: Gathered, name: str, made: Made) -> Any:
    """A method of a container whose items hang on conditions, which does not change it."""
    container = found.container
    if isinstance(container, dict):
        if name in ("items", "keys", "values"):
            which = {"keys": 0, "values": 1}.get(name)
            items = [(pair if which is None else pair[which], when) for pair, when in found.pairs()]
            return evaluator.known(gathered(items, list, open_=found.open))
        if name == "get" and made.args and hashable(made.args[0]) and made.args[0] in container:
            sure = made.args[0] not in found.whens
            return container[made.args[0]] if sure else Unknown("a value that depends on a condition")
    if name == "copy":
        return evaluator.known(gathered(_of(found), type(container), open_=found.open))
    if name in ("difference", "intersection") and len(made.args) == 1:
        return operated(evaluator, "-" if name == "difference" else "&", container, made.args[0])
    return Unknown("a method of what is filled on conditions")


def _of(found: Gathered) -> Items:
    return found.pairs() if isinstance(found.container, dict) else found.items()


def builtin_of_gathered(evaluator: Evaluator, found: Gathered, name: str, made: Made) -> Any:
    """A builtin function of a container whose items hang on conditions."""
    if name in ("list", "tuple", "sorted", "reversed", "iter"):
        return evaluator.known(gathered(found.items(), list, open_=found.open))
    if name in ("set", "frozenset"):
        return evaluator.known(gathered(found.items(), set, open_=found.open))
    if name == "dict":
        return evaluator.known(gathered(_of(found), dict, open_=found.open))
    if name == "enumerate":
        items = [((Unknown("a number"), item), when) for item, when in found.items()]
        return evaluator.known(gathered(items, list, open_=found.open))
    if name in ("len", "bool"):
        filled = found.filled()
        return Some(filled) if isinstance(filled, Query) else filled if name == "bool" else Unknown("a length")
    if name == "isinstance":
        return call_builtin(evaluator, name, made)
    return Unknown("a builtin on what is filled on conditions")


def asked_names(evaluator: Evaluator, names: Names, name: str, made: Made) -> Any:
    """A method of what an inspector lists, as a list, a set or a dict of names."""
    if name in ("keys", "copy") or not made.args:
        return names
    if name == "get":
        return of_names(names, made.args[0])
    items = evaluator.items(made.args[0])
    if items is None or not all(isinstance(item, str) for item in items):
        return Unknown("a method on what is not known")
    parts = tuple([question(names, item) for item in items])
    if name == "isdisjoint":
        return evaluator.negated(Query("any", parts=parts))
    return Query("all", parts=parts) if name == "issuperset" else Some(Query("any", parts=parts))


def operated(evaluator: Evaluator, operator: str, left: Any, right: Any) -> Any:
    """The value of ``left operator right``, which may hang on conditions."""
    if operator in ("-", "&") and isinstance(left, (set, frozenset, list)) and isinstance(right, Names):
        entries = evaluator.entries(left)
        if entries is not None and all(isinstance(item, str) for item, _when in entries):
            asked = [(item, when, question(right, item)) for item, when in entries]
            items: Items = [
                (item, (*when, evaluator.condition(query if operator == "&" else evaluator.negated(query))))
                for item, when, query in asked
            ]
            return evaluator.known(gathered(items, set))
    if evaluator.gathered_of(left) is None and evaluator.gathered_of(right) is None:
        made = operate(operator, left, right)
        return Unknown("a number that is too large") if too_large(made) else made
    one, other = evaluator.entries(left), evaluator.entries(right)
    if one is not None and other is not None:
        if operator == "+" and isinstance(left, list):
            return evaluator.known(gathered([*one, *other], list))
        if operator == "|" and isinstance(left, set):
            return evaluator.known(gathered([*one, *other], set))
        if operator in ("-", "&") and isinstance(left, set) and not any(when for _item, when in other):
            kept = {item for item, _when in other}
            return evaluator.known(gathered([part for part in one if (part[0] in kept) == (operator == "&")], set))
    return Unknown("a sum of what is filled on conditions")
