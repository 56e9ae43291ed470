-- Trials of one change on agents that are alike, which are judged together.
alter table trials add column pool_id text;
create index trials_pool_id on trials (pool_id) where pool_id is not null;

-- The decision of a pool, which each of its trials carries out. A rollback replaces an earlier decision.
create table pool_decisions (
  pool_id    text primary key,
  verdict    text not null check (verdict in ('keep', 'roll-back', 'undecided')),
  reason     text not null,
  decided_at timestamptz not null default now()
);
