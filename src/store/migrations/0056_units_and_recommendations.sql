-- Whether the impact of a bottleneck is in percent, in points or a fixed number; null if that follows from its type, and for older ones.
alter table bottlenecks add column impact_unit text;

-- What the latest cycle that ended recommends, so that nobody has to compute it again from the profiles of all agents.
create table cycle_recommendations (
  cycle_id    text primary key,
  content     jsonb not null,
  recorded_at timestamptz not null default now()
);
