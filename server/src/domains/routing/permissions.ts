import { type PermissionTable, type Role, readers } from "../identity/index.ts"

/** Roles that write configuration of a project. */
const editors: readonly Role[] = ["owner", "admin", "editor"]

/** Who may what with routing rules. A replay tells of requests, which an auditor does not see. */
export const routingPermissions = {
  "routing-rule:read": { roles: [...readers, "auditor"], scope: "api:read" },
  "routing-rule:write": { roles: editors, scope: "api:write" },
  "routing-rule:replay": { roles: readers, scope: "api:read" },
} as const satisfies PermissionTable
