import { userInfo } from 'node:os'

/** Who gives the command, for the audit trail. */
export const currentUser = () => userInfo().username
