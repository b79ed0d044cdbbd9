import { identityPermissions, type PermissionTable, readers } from "../domains/identity/index.ts"

/** Every permission a route may ask for. A route names one; the domains' tables say who has it. */
export const permissions = {
  ...identityPermissions,
  "request:read": { roles: readers, scope: "api:read" },
  "model:read": { roles: [...readers, "billing", "auditor"], scope: "api:read" },
  "pipeline-health:read": { roles: [...readers, "auditor"], scope: "api:read" },
} as const satisfies PermissionTable

export type Permission = keyof typeof permissions
