import { administrators, type PermissionTable, readers } from "./permission.ts"

/** Who may what with keys, credentials and oneself. */
export const identityPermissions = {
  "me:read": { roles: [...readers, "billing", "auditor"], scope: "api:read" },
  "session:delete": { roles: [...readers, "billing", "auditor"], scope: null },
  "provider:read": { roles: [...readers, "auditor"], scope: "api:read" },
  "api-key:read": { roles: [...readers, "auditor"], scope: "api:read" },
  "api-key:write": { roles: administrators, scope: "api:write" },
  "credential:read": { roles: [...readers, "auditor"], scope: "api:read" },
  "credential:write": { roles: administrators, scope: "api:write" },
  "credential:test": { roles: administrators, scope: "api:write" },
} as const satisfies PermissionTable
