-- Runs and their events. Text, integers and milliseconds only: the same statements serve SQLite and PostgreSQL.

CREATE TABLE runs (
    run         TEXT   PRIMARY KEY,
    slug        TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    -- The target while the run is live, NULL once it has ended: one live run a target.
    live_target TEXT   UNIQUE,
    started_by  TEXT   NOT NULL,
    started_at  BIGINT NOT NULL,
    ending      TEXT,
    ended_at    BIGINT
);

CREATE INDEX runs_started_at ON runs (started_at);

-- A run is its events. The key settles races: the second to append the same seq is told so.
CREATE TABLE events (
    run   TEXT   NOT NULL REFERENCES runs (run),
    seq   BIGINT NOT NULL,
    event TEXT   NOT NULL,
    PRIMARY KEY (run, seq)
);
