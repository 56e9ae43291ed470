-- The first start of an instance, as when a fleet grows under load, is no restart.
alter table agent_instances
  -- Whether its process replaced an earlier one.
  add column is_restart boolean not null default false;
