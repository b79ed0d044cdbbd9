import { catalogPermissions } from "../domains/catalog/index.ts"
import { administrators, identityPermissions, type PermissionTable, readers } from "../domains/identity/index.ts"
import { insightPermissions } from "../domains/insights/index.ts"
import { routingPermissions } from "../domains/routing/index.ts"

/** Every permission a route may ask for. A route names one; the domains' tables say who has it. */
export const permissions = {
  ...identityPermissions,
  ...routingPermissions,
  ...insightPermissions,
  "request:read": { roles: readers, scope: "api:read" },
  ...catalogPermissions,
  "pipeline-health:read": { roles: [...readers, "auditor"], scope: "api:read" },
  "pipeline-health:acknowledge": { roles: administrators, scope: "api:write" },
} as const satisfies PermissionTable

export type Permission = keyof typeof permissions
