-- The profiles of a snapshot, one row for each agent: who asks about some agents reads their rows only, by index. They are read as a whole,
-- so they are kept as text.
create table agent_profiles (
  snapshot_id text not null,
  agent_id    text not null,
  content     json not null,
  primary key (snapshot_id, agent_id)
);

-- Of the snapshots so far: those that are still asked about as a whole, and what a cycle saw of the agents with a strategy.
insert into agent_profiles (snapshot_id, agent_id, content)
select snapshot.id, profile ->> 'agentId', profile
from (
  select id, cycle_id, content,
    taken_at = (select max(taken_at) from snapshots)
      or exists (select from cycles where cycles.id = cycle_id and state = 'running') as is_whole
  from snapshots
) snapshot
cross join jsonb_array_elements(content -> 'agents') profile
where (is_whole or exists (select from strategies where strategies.cycle_id = snapshot.cycle_id))
  and (is_whole or exists (
    select from strategies where strategies.cycle_id = snapshot.cycle_id and strategies.agent_id = profile ->> 'agentId'))
on conflict do nothing;
