/** Roles of people and their programs; each may do what those before it may. Without zod, because `--help` names them. */
export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]
