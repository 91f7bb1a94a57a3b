-- Version 1 of the store. A migration is never edited after a release: add the next number.
-- The program applies each file in one transaction and then sets application_id and user_version itself.
-- Paths, branch names and values are text of whatever bytes the file system, git and people use, not always UTF-8:
-- they are stored and compared byte by byte, so no text function may be applied to them.
-- Times are RFC 3339 text. Durable facts only: what the engine really has is observed, never stored.

CREATE TABLE workspaces (
  id               TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16 AND id NOT GLOB '*[^0-9a-f]*'),
  engine           TEXT    NOT NULL CHECK (engine <> ''),
  root             TEXT    NOT NULL CHECK (root <> ''),
  branch           TEXT    NOT NULL CHECK (branch <> ''),
  variant          TEXT    NOT NULL,
  repository       TEXT    NOT NULL,
  name             TEXT    NOT NULL UNIQUE CHECK (name <> ''),
  generation       INTEGER NOT NULL CHECK (generation >= 1),
  wanted           TEXT    NOT NULL CHECK (wanted IN ('running', 'stopped', 'absent')),
  keep             INTEGER NOT NULL CHECK (keep IN (0, 1)),
  -- What a person chose with flags; NULL: nothing chosen, configuration decides.
  template_name    TEXT,
  memory_bytes     INTEGER CHECK (memory_bytes >= 0),
  nano_cpus        INTEGER CHECK (nano_cpus >= 0),
  profile          TEXT    CHECK (profile IN ('strict', 'sudo', 'system')),
  chosen_volume    TEXT    CHECK (chosen_volume <> ''),
  volume           TEXT    NOT NULL CHECK (volume <> ''),
  volume_id        TEXT    NOT NULL,  -- empty: a volume that is not ours
  volume_confirmed INTEGER NOT NULL CHECK (volume_confirmed IN (0, 1)),
  port             INTEGER NOT NULL UNIQUE CHECK (port BETWEEN 1 AND 65535),
  container        TEXT    NOT NULL CHECK (container = '' OR
                                           (length(container) = 64 AND container NOT GLOB '*[^0-9a-f]*')),
  converged_hash   TEXT    NOT NULL,
  created_at       TEXT    NOT NULL,
  UNIQUE (engine, root, branch, variant)
) STRICT;

CREATE TABLE workspace_environment (
  workspace TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  variable  TEXT NOT NULL CHECK (variable <> ''),
  value     TEXT NOT NULL,
  PRIMARY KEY (workspace, variable)
) STRICT, WITHOUT ROWID;

-- Volumes that a workspace had and no longer uses. The workspace itself may be forgotten, hence no reference.
CREATE TABLE former_volumes (
  volume         TEXT NOT NULL CHECK (volume <> ''),
  engine         TEXT NOT NULL,
  workspace      TEXT NOT NULL,
  workspace_name TEXT NOT NULL,
  retired_at     TEXT NOT NULL,
  PRIMARY KEY (volume, engine, workspace)
) STRICT, WITHOUT ROWID;

CREATE TABLE engines (
  endpoint    TEXT NOT NULL PRIMARY KEY CHECK (endpoint <> ''),
  engine      TEXT NOT NULL CHECK (engine <> ''),
  api_version TEXT NOT NULL,
  seen_at     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE trusted_files (
  path       TEXT NOT NULL PRIMARY KEY CHECK (path <> ''),
  sha256     TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  trusted_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Without further indexes on purpose: it is written before each engine call and seldom read.
CREATE TABLE journal (
  id          INTEGER PRIMARY KEY,
  operation   TEXT NOT NULL CHECK (operation <> ''),
  workspace   TEXT NOT NULL,
  step        TEXT NOT NULL CHECK (step <> ''),
  started_at  TEXT NOT NULL,
  finished_at TEXT,
  outcome     TEXT CHECK (outcome IN ('done', 'unchanged', 'conflict', 'missing', 'failed')),
  message     TEXT NOT NULL DEFAULT '',
  CHECK ((finished_at IS NULL) = (outcome IS NULL))
) STRICT;
