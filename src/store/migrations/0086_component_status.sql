-- What the program that measures a component says of its health; null if it says nothing.
alter table components add column status text check (status in ('healthy', 'degraded', 'down'));
