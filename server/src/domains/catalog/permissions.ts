import { type PermissionTable, readers } from "../identity/index.ts"

/** Who may what with models. A custom model is configuration: editors write it. */
export const catalogPermissions = {
  "model:read": { roles: [...readers, "billing", "auditor"], scope: "api:read" },
  "custom-model:read": { roles: [...readers, "auditor"], scope: "api:read" },
  "custom-model:write": { roles: ["owner", "admin", "editor"], scope: "api:write" },
  "custom-model:test": { roles: ["owner", "admin", "editor"], scope: "api:write" },
} as const satisfies PermissionTable
