import { administrators, type PermissionTable, readers } from "../identity/index.ts"

/** Who may see figures (everyone who reads requests, and those who look after the money), and set what they are held against. */
export const insightPermissions = {
  "figures:read": { roles: [...readers, "billing"], scope: "api:read" },
  "latency-target:write": { roles: administrators, scope: "api:write" },
} as const satisfies PermissionTable
