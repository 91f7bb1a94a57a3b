-- Version 2: the records of runs (`cai run --rm`), which outlive their containers. The output lies in files beside the
-- store. What the container does now is observed, never stored. Environment variables are not here: they may be secrets.

CREATE TABLE runs (
  id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 8 AND id NOT GLOB '*[^0-9a-f]*'),
  engine      TEXT    NOT NULL CHECK (engine <> ''),
  name        TEXT    NOT NULL CHECK (name <> ''),
  command     TEXT    NOT NULL,
  root        TEXT    NOT NULL CHECK (root <> ''),
  image       TEXT    NOT NULL,
  container   TEXT    NOT NULL CHECK (container = '' OR
                                      (length(container) = 64 AND container NOT GLOB '*[^0-9a-f]*')),
  keep        INTEGER NOT NULL CHECK (keep IN (0, 1)),
  owner       TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('created', 'running', 'exited', 'failed', 'lost')),
  exit_code   INTEGER,
  message     TEXT    NOT NULL,
  created_at  TEXT    NOT NULL,
  started_at  TEXT    NOT NULL,  -- empty: never
  finished_at TEXT    NOT NULL   -- empty: not yet
) STRICT, WITHOUT ROWID;
