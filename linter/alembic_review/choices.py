"""What can be chosen by name, on the command line and in the settings; nothing is imported to know it."""

DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite", "oracle", "mssql")
"""The names that SQLAlchemy gives to the dialects which come with it."""

FAIL_ON = ("error", "warning", "never")
"""The least grave level that fails a run, or that none does."""

FORMATS = ("full", "concise", "json", "github")
"""Each is a module of `reporters`."""

SELECT_WORDS = ("all", "default")
"""What may be selected beside rules and groups: every rule, and those that are on by themselves."""
