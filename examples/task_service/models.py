"""The tables of a small service, as its code knows them today."""

import enum
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Enum, ForeignKey, Numeric, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class MemberRole(enum.Enum):
    owner = "owner"
    editor = "editor"
    viewer = "viewer"


class TaskPriority(enum.Enum):
    low = "low"
    high = "high"


class Project(Base):
    __tablename__ = "project"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[int]
    colour: Mapped[str | None] = mapped_column(String(7))
    archived_at: Mapped[datetime | None]
    budget: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))


class Member(Base):
    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", name="member_project_id_fkey"))
    name: Mapped[str] = mapped_column(String(100))
    phone_number: Mapped[str | None] = mapped_column(String(50))
    role: Mapped[MemberRole] = mapped_column(Enum(MemberRole, name="member_role"))


class Comment(Base):
    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int]
    body: Mapped[str] = mapped_column(Text())


class TaskRun(Base):
    __tablename__ = "task_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(20))
    priority: Mapped[TaskPriority | None] = mapped_column(Enum(TaskPriority, name="task_priority"))
    finished_at: Mapped[datetime | None]
