-- Databases of others that are read while their owners write; up to where each table was read is in imports.
create table foreign_databases (
  name       text primary key,
  -- Until then one process reads it, and no other.
  read_until timestamptz not null,
  -- When everything new was last read.
  read_at    timestamptz,
  -- What stands in the way; null if nothing does.
  problem    text
);
