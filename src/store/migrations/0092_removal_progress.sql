-- Until when the age of data counts for its removal, which follows the clock slowly if that jumps forward, and when that was decided.
create table removal_progress (
  only_one boolean primary key default true check (only_one),
  reached timestamptz not null,
  decided_at timestamptz not null
);
