-- Since when an instance declares what it declares: what it did before was the work of another release.
alter table agent_instances add column declared_at timestamptz not null default to_timestamp(0);
