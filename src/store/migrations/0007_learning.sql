-- What learning needs: in which order strategies stood, what they promised beside what was measured, how metrics went.

-- Best first.
alter table strategies add column position integer not null default 0;

-- Percent or points; the interval holds 80 % of what trials measure. Null where nothing was promised.
alter table optimization_results
  add column promised_improvement finite,
  add column promised_low finite,
  add column promised_high finite;
