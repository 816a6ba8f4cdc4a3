"""Table of the 2028 targets with definition, unit, source and date."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base


class KpiTarget(Base):
    """One target of the founding policy."""

    __tablename__ = "kpi_target"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    zh: Mapped[str] = mapped_column(String(80))
    en: Mapped[str] = mapped_column(String(160))
    definition_zh: Mapped[str] = mapped_column(Text)
    definition_en: Mapped[str] = mapped_column(Text)
    unit_zh: Mapped[str] = mapped_column(String(20))
    unit_en: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(8))
    comparison: Mapped[str] = mapped_column(String(4))
    value: Mapped[float]
    source: Mapped[str] = mapped_column(String(80))
    as_of: Mapped[date]
    position: Mapped[int] = mapped_column(default=0)
