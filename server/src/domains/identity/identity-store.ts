import type { Database } from "../../platform/database/database.ts"
import { type ApiKeyStore, createApiKeyStore } from "./api-key-store.ts"
import { type CredentialStore, createCredentialStore } from "./credential-store.ts"
import { createDataKeyStore, type DataKeyStore } from "./data-key-store.ts"
import { createInstallationStore, type InstallationStore } from "./installation-store.ts"
import { createOrganizationLimitStore, type OrganizationLimitStore } from "./organization-limit-store.ts"
import { createSessionStore, type SessionStore } from "./session-store.ts"
import { createSnapshotChangeStore, type SnapshotChangeStore } from "./snapshot-change-store.ts"
import { createSnapshotStore, type SnapshotStore } from "./snapshot-store.ts"
import { createTenancyStore, type TenancyStore } from "./tenancy-store.ts"

/** Every store of the domain, over one database. */
export interface IdentityStores {
  readonly apiKeys: ApiKeyStore
  readonly organizationLimits: OrganizationLimitStore
  readonly credentials: CredentialStore
  readonly dataKeys: DataKeyStore
  readonly installation: InstallationStore
  readonly sessions: SessionStore
  readonly changes: SnapshotChangeStore
  readonly snapshot: SnapshotStore
  readonly tenancy: TenancyStore
}

/** The stores of identity over a database that is open and migrated. */
export const createIdentityStores = (database: Database): IdentityStores => ({
  apiKeys: createApiKeyStore(database),
  organizationLimits: createOrganizationLimitStore(database),
  credentials: createCredentialStore(database),
  dataKeys: createDataKeyStore(database),
  installation: createInstallationStore(database),
  sessions: createSessionStore(database),
  changes: createSnapshotChangeStore(database),
  snapshot: createSnapshotStore(database),
  tenancy: createTenancyStore(database),
})
