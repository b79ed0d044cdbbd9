/** The door of the identity domain: organizations, people, keys, credentials, and what gateways are told of them. */
export type { Actor, Named, Place } from "./actor.ts"
export type { ApiKey } from "./api-key.ts"
export type { CreatedApiKey } from "./create-api-key.ts"
export type { ListPage } from "./list-page.ts"
export {
  administrators,
  isAllowed,
  type PermissionName,
  type PermissionRule,
  type PermissionTable,
  type Role,
  readers,
} from "./permission.ts"
export { identityPermissions } from "./permissions.ts"
