-- Trials outside cycles: how long they may be observed, when a freeze window suspended them, and what they still need.
alter table trials
  add column observe_ms double precision,
  add column suspensions jsonb not null default '[]',
  add column progress jsonb;
