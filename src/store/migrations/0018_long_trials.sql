-- Trials outside cycles: how long they may be observed and how many samples end them, when a freeze window suspended them, and what they still need.
alter table trials
  add column observe_ms double precision,
  add column max_samples integer,
  add column suspensions jsonb not null default '[]',
  add column progress jsonb;
