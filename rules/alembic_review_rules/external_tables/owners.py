"""Tables, indexes and sequences that other systems make and keep in the same database, and whose they are."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from msgspec import Struct

from alembic_review.config import ExternalTables
from alembic_review.types import Name


class Owner(Struct, frozen=True):
    """A system that makes its own tables. `names` and `patterns` are those of tables, indexes and sequences.

    What has a schema in front lies there, what has none in whatever schema. `shares_rows`: users put rows of their
    own into its tables. `unseen`: autogenerate passes over its tables by itself.
    """

    name: str
    names: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()
    shares_rows: bool = False
    unseen: bool = False

    def owns(self, name: Name) -> bool:
        """Whether a thing of that name is its own."""
        spellings = (name.name, str(name))
        return any(spelling in self.names for spelling in spellings) or any(
            fnmatchcase(spelling, pattern) for spelling in spellings for pattern in self.patterns
        )


ALEMBIC = Owner(
    "Alembic itself", frozenset({"alembic_version"}), ("alembic_version_*", "*_alembic_version"), unseen=True
)

OWNERS = (
    ALEMBIC,
    Owner(
        # celery/backends/database/models.py
        "Celery",
        frozenset(
            {
                *("celery_taskmeta", "celery_tasksetmeta", "celery_groupmeta"),
                *("task_id_sequence", "taskset_id_sequence"),
            }
        ),
    ),
    Owner(
        # kombu/transport/sqlalchemy/models.py
        "kombu",
        frozenset({"kombu_queue", "kombu_message", "queue_id_sequence", "message_id_sequence"}),
    ),
    Owner(
        # sqlalchemy_celery_beat/models.py; celery-sqlalchemy-scheduler has the same names without the schema.
        "celery-beat",
        frozenset(
            {
                *("celery_periodictask", "celery_periodictaskchanged", "celery_clockedschedule"),
                *("celery_crontabschedule", "celery_intervalschedule", "celery_solarschedule"),
            }
        ),
        ("celery_schema.*",),
    ),
    Owner("APScheduler", frozenset({"apscheduler_jobs", "ix_apscheduler_jobs_next_run_time"})),
    Owner("procrastinate", patterns=("procrastinate_*", "idx_procrastinate_*")),
    Owner("Django", patterns=("django_*",)),
    Owner(
        "PostGIS",
        # Besides its own: what the TIGER geocoder makes under names that hardly anybody else uses.
        frozenset(
            {
                *("spatial_ref_sys", "geometry_columns", "geography_columns", "raster_columns", "raster_overviews"),
                *("addrfeat", "county_lookup", "countysub_lookup", "direction_lookup", "featnames", "place_lookup"),
                *("geocode_settings", "geocode_settings_default", "pagc_gaz", "pagc_lex", "pagc_rules", "state_lookup"),
                *("loader_lookuptables", "loader_platform", "loader_variables", "secondary_unit_lookup", "tabblock"),
                *("street_type_lookup", "tabblock20", "zcta5", "zip_lookup", "zip_lookup_all", "zip_lookup_base"),
                *("zip_state", "zip_state_loc"),
            }
        ),
        ("tiger.*", "tiger_data.*", "topology.*"),
        # Reference systems of one's own go into spatial_ref_sys (https://postgis.net/docs/, "User-Defined SRS").
        shares_rows=True,
    ),
    Owner("TimescaleDB", patterns=("_timescaledb_*.*",)),
    Owner("PostgreSQL itself", patterns=("pg_catalog.*", "information_schema.*"), unseen=True),
)


@cache
def owner_of(name: Name, settings: ExternalTables) -> Owner | None:
    """Whose a table, index or sequence is, by the settings of the project and by what is known to everybody."""
    own = str(name) in settings.names or any(fnmatchcase(str(name), pattern) for pattern in settings.patterns)
    if own:
        return Owner("another system, as the settings say")
    return next((owner for owner in OWNERS if owner.owns(name)), None)
