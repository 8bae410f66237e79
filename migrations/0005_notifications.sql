-- What people are told of runs. An event is noticed once, and what is to be sent of it is written down in the same transaction.

-- Since when a receiver is known; it hears only what was noticed after that. The one without a name is the console itself.
CREATE TABLE notification_receivers (
    name  TEXT   PRIMARY KEY,
    since BIGINT NOT NULL
);

-- How far a run was looked at. Who moves it on writes what is to be sent: of two consoles, one.
CREATE TABLE notified (
    run   TEXT   PRIMARY KEY REFERENCES runs (run),
    seq   BIGINT NOT NULL,
    -- 1 once the end of the run was seen: nothing comes after it.
    ended BIGINT NOT NULL
);

CREATE TABLE notifications (
    -- The same at every try, so that a receiver can tell a repetition.
    id            TEXT   PRIMARY KEY,
    receiver      TEXT   NOT NULL,
    run           TEXT   NOT NULL REFERENCES runs (run),
    seq           BIGINT NOT NULL,
    kind          TEXT   NOT NULL,
    -- JSON: what is said, and the address of the page.
    letter        TEXT   NOT NULL,
    -- The order of the receivers' queues. Not a time: a clock may be set back.
    position      BIGINT NOT NULL,
    queued_at     BIGINT NOT NULL,
    -- waiting, delivered or given_up.
    status        TEXT   NOT NULL,
    tries         BIGINT NOT NULL,
    -- When a waiting one is tried, and why the last try failed.
    next_at       BIGINT NOT NULL,
    error         TEXT   NOT NULL,
    -- NULL while it waits.
    settled_at    BIGINT,
    -- The console that is sending it, and until when nobody else does.
    claimed_by    TEXT   NOT NULL,
    claimed_until BIGINT NOT NULL,
    UNIQUE (run, seq, receiver)
);

CREATE INDEX notifications_queue ON notifications (receiver, status, position);
