-- Where a person has paused the optimizer there is one row, and no trial begins.
create table pause (
  only_one  boolean primary key default true check (only_one),
  paused_by text not null,
  reason    text not null,
  since     timestamptz not null default now()
);

alter table cycles add column dry_run boolean not null default false;
