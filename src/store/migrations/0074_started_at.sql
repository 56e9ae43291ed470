-- An instance announces itself again after each lost connection; a restart is another process of it.
alter table agent_instances
  -- When the process began, by the clock of its host, as it told; null if it did not.
  add column process_started_at timestamptz,
  -- The same by our clock, or its first announcement.
  add column started_at timestamptz not null default now();
update agent_instances set started_at = announced_at;
