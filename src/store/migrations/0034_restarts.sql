-- Whether an instance restarts when it is asked to; which version it was last asked to restart for, null once that is settled, and when.
alter table agent_instances
  add column can_restart boolean not null default false,
  add column restart_version integer,
  add column restart_requested_at timestamptz,
  -- Since when it runs with its version by the answer of a webhook; null where telemetry or the agent protocol says so.
  add column in_force_since timestamptz;
