-- What an agent reported before it was last forgotten no longer counts.
alter table agents add column history_from timestamptz;
update agents set history_from = forgotten_at where forgotten_at is not null;
