-- The executions of each instance that had not finished at its newest heartbeat with any.
create table executions_in_flight (
  agent_id    text not null,
  instance_id text not null,
  reported_at timestamptz not null,
  executions  jsonb not null,
  primary key (agent_id, instance_id),
  foreign key (agent_id, instance_id) references agent_instances on delete cascade
);
