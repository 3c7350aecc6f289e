from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_table_of_rules_is_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "rules_table.py"), "--check"],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "linter", ROOT / "rules")))},
    )

    assert done.returncode == 0, "run: python tools/rules_table.py"
