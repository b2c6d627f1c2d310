CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: who comes back says the last one seen
    room TEXT NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL, -- as it was then
    text TEXT NOT NULL,
    key TEXT NOT NULL, -- the sender's: what is sent twice is kept once
    created_at TEXT NOT NULL,
    UNIQUE (person, key)
);

CREATE INDEX IF NOT EXISTS message_by_room ON message (room, id);
