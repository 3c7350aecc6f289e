"""Flags modules of models that nothing imports for Alembic to see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from alembic_review.diagnostics import START, Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule


class ModelNotImported(Rule):
    """
    A module with models that neither its package nor `env.py` imports.

    ## Why is this bad?

    `target_metadata` knows the tables of the modules that were imported, and no others. Autogenerate then says "no
    changes detected", or writes `drop_table` for tables that the application uses.

    It is asked of the packages that `env.py` takes `target_metadata` from or imports, where one has modules beside each
    other which define `__tablename__` or models of SQLModel's with `table=True`, and some of them are imported by name.
    Other packages can be named:

    ```toml
    [tool.alembic-review.rules.model-not-imported]
    packages = ["myapp.orders.models"]
    ```

    ## Example

    `models/__init__.py` imports `user` and not `order`, which defines `__tablename__`.

    ## Use instead

    ```python
    from . import order, user
    ```
    """

    severity = Severity.WARNING
    settings: ClassVar[Mapping[str, tuple[str, ...]]] = {"packages": ()}

    def check_history(self, history: History) -> Iterator[Finding]:
        environment = history.environment() if history.whole else None
        if environment is None:
            return
        source = history.tree.text(environment.path, "") or ""
        named = [history.tree.module(name, environment.path) for name in self.texts("packages")]
        for package in dict.fromkeys((*environment.metadata_packages, *filter(None, named))):
            folder = str(Path(package).parent)
            text = history.tree.text(package, "") or ""
            modules = [name[:-3] for name in history.tree.listing(folder) if name.endswith(".py") and name[0] != "_"]
            texts = {module: history.tree.text(f"{folder}/{module}.py", "") or "" for module in modules}
            models = [module for module in modules if _MODEL.search(texts[module])]
            seen = [module for module in models if _imports(text, module) or _imports(source, module)]
            if not seen or _ITERATES.search(text) or _ITERATES.search(source):
                # Where none is imported by name, something else imports them all.
                continue
            for module in models:
                others = (texts[other] for other in modules if other != module)
                if module in seen or any(_imports(other, module) for other in others):
                    continue
                yield Finding(
                    type(self),
                    package,
                    START,
                    f'the module "{module}" has models, and neither this package nor env.py imports it: Alembic does '
                    "not see its tables",
                    f"from . import {module}",
                    thing=module,
                )


_MODEL = re.compile(r"^\s+__tablename__\s*[:=]|^class\s+\w+\([^)]*\btable\s*=\s*True", re.MULTILINE)
_ITERATES = re.compile(r"\b(?:pkgutil|import_module|walk_packages|iter_modules|glob)\b")


def _imports(text: str, module: str) -> bool:
    """Whether a line of *text* imports *module*, also as one of several lines in parentheses."""
    name = re.escape(module)
    return re.search(rf"^[ \t]*(?:from|import)\b[^\n#]*\b{name}\b|^\s+{name},?\s*(?:#|$)", text, re.M) is not None
