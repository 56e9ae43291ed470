import { userInfo } from 'node:os'

/** The user who runs the command, for the audit trail. */
export const currentUser = () => userInfo().username
