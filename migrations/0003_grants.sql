-- Permissions that count on some targets only: a JSON list of {"permission", "target"} or {"permission", "environment"}.

ALTER TABLE people ADD COLUMN grants TEXT NOT NULL DEFAULT '[]';
