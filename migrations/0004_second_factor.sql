-- Second factors by time (RFC 6238), one a person, and when a session has shown its last. The secret stands here as it is: whoever
-- reads the state can make codes, and has the state.

CREATE TABLE second_factors (
    person       TEXT   PRIMARY KEY REFERENCES people (name),
    -- Base 32, as authenticators take it.
    secret       TEXT   NOT NULL,
    -- The session that asked for it, which alone sees it and confirms it; NULL at the terminal.
    session      TEXT,
    created_at   BIGINT NOT NULL,
    -- NULL until a right code has shown that the secret arrived.
    confirmed_at BIGINT,
    -- The time step of the last code that counted: each counts once.
    last_step    BIGINT NOT NULL
);

ALTER TABLE sessions ADD COLUMN factor_at BIGINT;
