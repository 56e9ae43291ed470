-- The agents that the sender's token reports for; null for a sender without such a token. What waits counts for their executions only.
alter table telemetry_contributions add column agents text[];
alter table telemetry_passages add column agents text[];

-- Who made a configuration is written with it: taken from the reason, it would be whoever the name of a person imitates.
alter table configurations alter column changed_by drop expression;
alter table configurations alter column changed_by set default 'optimizer';
