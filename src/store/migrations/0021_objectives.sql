-- The objectives that people set by command: every change with who and why; the newest of a scope counts.
create table objective_changes (
  id         bigint generated always as identity primary key,
  changed_at timestamptz not null default now(),
  -- Whom it is for: an agent or a kind; the whole fleet if both are null.
  agent      text,
  kind       text,
  -- Null if the command took the objective back.
  objective  jsonb,
  changed_by text not null,
  reason     text not null,
  check (agent is null or kind is null)
);
create index objective_changes_scope on objective_changes (agent, kind, id desc);
