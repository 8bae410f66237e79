-- People, their sessions and their API tokens. A session and a token are known by the SHA-256 of the secret only: reading this
-- table lets nobody in.

CREATE TABLE people (
    name           TEXT   PRIMARY KEY,
    -- Argon2id as a PHC string: its parameters and salt stand in it.
    password       TEXT   NOT NULL,
    -- JSON lists of words.
    permissions    TEXT   NOT NULL,
    sign_off_roles TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    -- NULL while the person may sign in.
    disabled_at    BIGINT
);

CREATE TABLE sessions (
    hash       TEXT   PRIMARY KEY,
    person     TEXT   NOT NULL REFERENCES people (name),
    -- Where it was opened from, for the person who looks for a stranger.
    address    TEXT   NOT NULL,
    agent      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_person ON sessions (person);

CREATE TABLE api_tokens (
    hash       TEXT   PRIMARY KEY,
    person     TEXT   NOT NULL REFERENCES people (name),
    name       TEXT   NOT NULL,
    scope      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (person, name)
);
