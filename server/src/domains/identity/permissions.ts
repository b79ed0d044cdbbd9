import { administrators, type PermissionTable, readers } from "./permission.ts"

/** Who may what with keys, credentials and oneself. */
export const identityPermissions = {
  "me:read": { roles: [...readers, "billing", "auditor"], scope: "api:read" },
  "session:delete": { roles: [...readers, "billing", "auditor"], scope: null },
  "provider:read": { roles: [...readers, "auditor"], scope: "api:read" },
  "api-key:read": { roles: [...readers, "auditor"], scope: "api:read" },
  "api-key:write": { roles: administrators, scope: "api:write" },
  "organization-limits:read": { roles: [...readers, "billing", "auditor"], scope: "api:read" },
  "organization-limits:write": { roles: administrators, scope: "api:write" },
  "credential:read": { roles: [...readers, "auditor"], scope: "api:read" },
  "credential:write": { roles: administrators, scope: "api:write" },
  "credential:test": { roles: administrators, scope: "api:write" },
  // Beyond one project, which is all that a key stands for: such a credential carries the traffic of others.
  "credential:share": { roles: administrators, scope: null, bootstrapKey: true },
  "credential:offer": { roles: ["owner"], scope: null, bootstrapKey: true },
} as const satisfies PermissionTable
