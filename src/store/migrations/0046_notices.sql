-- What receivers were told once: reports, and requests for approval.
create table notices (
  receiver text not null,
  -- Such as `approval opt_1728563421789_x7k2m`, or `report 2026-11-29T08:00:00.000Z`.
  subject  text not null,
  told_at  timestamptz not null default now(),
  primary key (receiver, subject)
);
