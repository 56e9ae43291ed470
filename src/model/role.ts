/** Roles of people and their programs; each includes the permissions of those before it. Without zod, because `--help` lists them. */
export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]
