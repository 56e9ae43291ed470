-- The knobs that a person named, whether that changed their values or not: no rollback goes past them.
alter table configurations add column decided text[] not null default '{}';
