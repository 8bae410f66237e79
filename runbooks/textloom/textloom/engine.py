"""The target for Alembic and SQLAlchemy. Apart from `connection`, because importing SQLAlchemy takes a second."""

import psycopg
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from textloom.connection import conninfo


def engine() -> Engine:
    """Every connect() is a new session, closed with its connection."""
    target = conninfo()
    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(target), poolclass=NullPool)
