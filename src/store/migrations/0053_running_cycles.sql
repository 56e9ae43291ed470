-- The cycles that run, of all that ever ran.
create index cycles_running on cycles (started_at) where state = 'running';
