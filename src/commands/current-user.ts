import { userInfo } from 'node:os'

/** The user who runs the command, for the audit log. In a container, a user may have only a number. */
export function getCurrentUser(): string {
  try {
    return userInfo().username
  } catch {
    return process.env.USER || `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
