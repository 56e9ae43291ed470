import { hasRole, type TokenRole } from '../../model/access.ts'
import type { Role } from '../../model/role.ts'

/** Who may send a request: anyone, an agent about itself, or people and programs with at least this role. */
export type Access = 'anyone' | 'agent' | Role

interface Rule {
  /** By default any. */
  methods?: readonly string[]
  path: RegExp
  access: Access
}

const reading = ['GET', 'HEAD']

/** The first rule that matches a request decides. */
const rules: readonly Rule[] = [
  { methods: reading, path: /^\/(healthz|openapi\.json|reference)$/, access: 'anyone' },
  // A signed link is a token for one trial.
  { methods: [...reading, 'POST'], path: /^\/approve\/[^/]+$/, access: 'anyone' },
  { path: /^\/(agents|v1)\//, access: 'agent' },
  { methods: reading, path: /^\/(api\/|metrics$)/, access: 'viewer' },
  // The optimizer's objectives, and the agents that it knows.
  { path: /^\/api\/(objectives|agents\/[^/]+\/forget)$/, access: 'admin' },
  { path: /^\/api\//, access: 'operator' },
  // Pages and their parts, which hold no data.
  { methods: reading, path: /^\//, access: 'anyone' },
  { path: /^/, access: 'admin' },
]

/** Who may send a request with this method and path. */
export function getRequiredAccess(method: string, path: string): Access {
  return rules.find((rule) => (rule.methods?.includes(method) ?? true) && rule.path.test(path))!.access
}

/** Whether a token with this role may be used for it. */
export function isRoleAllowed(role: TokenRole, access: Access): boolean {
  if (access === 'anyone') return true
  return access === 'agent' ? role === 'agent' : hasRole(role, access)
}
