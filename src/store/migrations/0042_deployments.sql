-- What was deployed, as people and pipelines say.
create table deployments (
  id          bigint generated always as identity primary key,
  at          timestamptz not null,
  -- The agent or component that it concerns; null for all.
  component   text,
  description text not null,
  deployed_by text not null
);
create index deployments_at on deployments (at);
-- For the causes of what has changed.
create index configurations_created on configurations (created_at);
