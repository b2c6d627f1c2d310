-- Run at every start: each statement leaves what is already there alone.
BEGIN;

CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE, -- the name without regard to case: "Ada" and "ADA" are one
    password_hash TEXT NOT NULL,
    session_token TEXT NOT NULL, -- what a session holds; a new one ends all sessions of the account
    created_at TEXT NOT NULL -- UTC, ISO 8601
);

CREATE UNIQUE INDEX IF NOT EXISTS account_session_token ON account (session_token);

CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the number of a deleted entry is never given again
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    image TEXT, -- file name in the uploads folder, chosen by us
    image_alt TEXT NOT NULL DEFAULT '', -- what the picture shows, in words
    created_at TEXT NOT NULL -- UTC, ISO 8601
);

CREATE INDEX IF NOT EXISTS entry_account ON entry (account_id);

COMMIT;
