-- Trials in which a single instance alternates between both settings, and the times in which it ran with each.
alter table trials
  drop constraint trials_design_check,
  add constraint trials_design_check check (design in ('concurrent', 'switchback', 'before-after')),
  add column blocks jsonb not null default '[]';
