-- When the latest rollback found no trial of a strategy to undo: an attempt to begin one that was scheduled before must not do so any more.
alter table strategies add column withdrawn_at timestamptz;
