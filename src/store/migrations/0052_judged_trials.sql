-- The trials that a decision was based on, which it binds; null for decisions of earlier versions, which bind all trials of their pool.
alter table pool_decisions add column judged jsonb;
