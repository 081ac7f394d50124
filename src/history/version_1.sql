-- A history of version 1, as that version wrote it: a day that was settled, one read twice, one that changed, one read once.
CREATE TABLE scope (
    number INTEGER PRIMARY KEY, host TEXT NOT NULL, level TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (host, level, name)
);
CREATE TABLE fact (
    number INTEGER PRIMARY KEY, scope INTEGER NOT NULL, part INTEGER NOT NULL, day INTEGER NOT NULL,
    hash BLOB NOT NULL, content BLOB NOT NULL, read_at INTEGER NOT NULL,
    first_hash BLOB NOT NULL, first_content BLOB, first_read_at INTEGER NOT NULL, changes INTEGER NOT NULL
);
CREATE UNIQUE INDEX fact_identity ON fact (scope, part, day);
INSERT INTO scope VALUES (1, 'api.github.com', 'organization', 'acme');
INSERT INTO fact VALUES
    (1, 1, 1, 20727, x'38a76a008a1e90bd628e6af3e81777af', x'ab562a4bcc294d55b25232323032d33534d0353054aa0500', 1794301200, x'38a76a008a1e90bd628e6af3e81777af', NULL, 1794301200, 0),
    (2, 1, 1, 20758, x'ebb2eb0a9421d96f0714c7f84cc031c5', x'ab562a4bcc294d55b25232323032d33534d4353054aa0500', 1794301200, x'ebb2eb0a9421d96f0714c7f84cc031c5', NULL, 1793610000, 0),
    (3, 1, 1, 20759, x'8a436092864b6df6f82a948c61fd3fff', x'ab562a4bcc294d55b25232323032d33534d4353052aa0500', 1794301200, x'2e2688999f6797f91e7e24989e5e66e2', x'ab562a4bcc294d55b2524acb2c2a2e51aa0500', 1793696400, 1),
    (4, 1, 1, 20760, x'd0d8559a3d0b8a7b220ba0ad18bc1dd2', x'ab562a4bcc294d55b25232323032d33534d4353056aa0500', 1794301200, x'd0d8559a3d0b8a7b220ba0ad18bc1dd2', NULL, 1794301200, 0);
PRAGMA user_version = 1;
