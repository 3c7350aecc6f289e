"""The tables of a small service, as its code knows them today."""

import enum
from datetime import datetime

from sqlalchemy import DateTime, Enum, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}


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
    title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", name="project_owner_id_fkey", use_alter=True))


class Member(Base):
    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", name="member_project_id_fkey"))
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[MemberRole] = mapped_column(Enum(MemberRole, name="member_role"))
    phone: Mapped[str | None] = mapped_column(String(50))


class TaskHistory(Base):
    __tablename__ = "task_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(String(36), index=True)
    state: Mapped[str] = mapped_column(String(20))
    finished_at: Mapped[datetime | None]
    priority: Mapped[TaskPriority | None] = mapped_column(Enum(TaskPriority, name="task_priority"))
