/** The door of the identity domain: organizations, people, keys, credentials, and what gateways are told of them. */
export type { Actor, Named, Place } from "./actor.ts"
export type { ApiKey } from "./api-key.ts"
export { normaliseBaseUrl } from "./base-url.ts"
export type { CreatedApiKey } from "./create-api-key.ts"
export type { Credential } from "./credential.ts"
export type { EntitySource } from "./entity-source.ts"
export type { EnvironmentCredential, EnvironmentVariableCredential } from "./environment-credentials.ts"
export type { FirstOwner } from "./establish-first-owner.ts"
export { type Identity, type IdentityDeps, openIdentity } from "./identity.ts"
export { createIdentityStores, type IdentityStores } from "./identity-store.ts"
export { type ListPage, toListPage } from "./list-page.ts"
export type { ProbeProvider, ProbeResult } from "./manage-credentials.ts"
export type { OwnerLink } from "./owner-link.ts"
export {
  administrators,
  isAllowed,
  type PermissionName,
  type PermissionRule,
  type PermissionTable,
  type Role,
  readers,
  roles,
} from "./permission.ts"
export { identityPermissions } from "./permissions.ts"
export type { OpenedSession } from "./sign-in.ts"
export { recordSnapshotChange, recordSnapshotChanges } from "./snapshot-change-store.ts"
export { SnapshotHub, type SnapshotSubscription, snapshotPollMs } from "./snapshot-hub.ts"
export type { SnapshotSink } from "./snapshot-subscriber.ts"
export type { ApiKeyChange } from "./update-api-key.ts"
