-- Instances come and go: when one was heard without a break, and when it said that it stops.
alter table agent_instances
  add column heard_since timestamptz not null default now(),
  add column left_at timestamptz;

-- The instances that could run with other values when this version was assigned, and therefore have to confirm it.
-- Null in versions that nobody waits for, and in those of earlier releases: every instance.
alter table configurations add column awaited text[];

-- An agent that a person forgot, until it registers again.
alter table agents
  add column forgotten_at timestamptz,
  add column forgotten_by text;

-- One open alert for each cause; its message has the present details.
alter table alerts add column cause text;
update alerts set cause = case
  when component like '% of %' then 'left-out-agent'
  when component <> 'limits' then 'unconfirmed-configuration'
  when message like 'These rules%' then 'unmatched-limits'
  else 'broken-limits'
end;
alter table alerts alter column cause set not null;
update alerts set resolved_at = now() where resolved_at is null and exists (
  select from alerts newer
  where newer.resolved_at is null and newer.id > alerts.id and newer.cause = alerts.cause
    and newer.component = alerts.component and newer.trial_id is not distinct from alerts.trial_id
);
drop index alerts_open;
create unique index alerts_open on alerts (cause, component, trial_id) nulls not distinct where resolved_at is null;
