import type { SnapshotEntityKind } from "@sluice/protocol/snapshot"
import { and, inArray, isNull } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { apiKeys, credentials, organizations, projects } from "../../platform/database/schema.ts"
import type { EncryptedCredential } from "./credential.ts"
import { toEncryptedCredential } from "./credential-store.ts"
import type { LimitColumns } from "./limit-columns.ts"

/** An organization, as far as gateways care. */
export interface OrganizationState extends LimitColumns {
  readonly id: string
  readonly disabledAt: Date | null
}

/** A project, as far as gateways care. */
export interface ProjectState {
  readonly id: string
  readonly organizationId: string
  readonly defaultProvider: string | null
  readonly responseHeaders: boolean
}

/** A key, as far as gateways care. */
export type ApiKeyState = Pick<
  typeof apiKeys.$inferSelect,
  | "id"
  | "hash"
  | "organizationId"
  | "projectId"
  | "scopes"
  | "models"
  | "environment"
  | "expiresAt"
  | "requestsPerMinute"
  | "tokensPerMinute"
  | "concurrentStreams"
  | "concurrentRequests"
>

/** What gateways are told of, as it is stored. What is revoked or gone is not in it. */
export interface StoredState {
  readonly organizations: readonly OrganizationState[]
  readonly projects: readonly ProjectState[]
  readonly keys: readonly ApiKeyState[]
  readonly credentials: readonly EncryptedCredential[]
}

/** Ids by kind; a kind that is absent is not asked for. */
export type EntityIds = ReadonlyMap<SnapshotEntityKind | string, readonly string[]>

/** Reads what gateways are told of, for every organization. */
export interface SnapshotStore {
  /** Everything, or the entities with these ids. */
  load(ids?: EntityIds): Promise<StoredState>
}

/** The state in the database, across organizations: a gateway serves them all. */
export function createSnapshotStore({ system }: Pick<Database, "system">): SnapshotStore {
  return {
    async load(ids) {
      const wanted = (kind: SnapshotEntityKind) => ids === undefined || (ids.get(kind)?.length ?? 0) > 0
      const idsOf = (kind: SnapshotEntityKind) => [...(ids?.get(kind) ?? [])]
      return {
        organizations: wanted("organization")
          ? await system
              .select(organizationColumns)
              .from(organizations)
              .where(ids && inArray(organizations.id, idsOf("organization")))
          : [],
        projects: wanted("project")
          ? await system
              .select(projectColumns)
              .from(projects)
              .where(ids && inArray(projects.id, idsOf("project")))
          : [],
        keys: wanted("key")
          ? await system
              .select(keyColumns)
              .from(apiKeys)
              .where(and(isNull(apiKeys.revokedAt), ids && inArray(apiKeys.id, idsOf("key"))))
          : [],
        credentials: wanted("credential")
          ? (
              await system
                .select()
                .from(credentials)
                .where(ids && inArray(credentials.id, idsOf("credential")))
            ).map(toEncryptedCredential)
          : [],
      }
    },
  }
}

const organizationColumns = {
  id: organizations.id,
  disabledAt: organizations.disabledAt,
  requestsPerMinute: organizations.requestsPerMinute,
  tokensPerMinute: organizations.tokensPerMinute,
  concurrentStreams: organizations.concurrentStreams,
  concurrentRequests: organizations.concurrentRequests,
}

const projectColumns = {
  id: projects.id,
  organizationId: projects.organizationId,
  defaultProvider: projects.defaultProvider,
  responseHeaders: projects.responseHeaders,
}

const keyColumns = {
  id: apiKeys.id,
  hash: apiKeys.hash,
  organizationId: apiKeys.organizationId,
  projectId: apiKeys.projectId,
  scopes: apiKeys.scopes,
  models: apiKeys.models,
  environment: apiKeys.environment,
  expiresAt: apiKeys.expiresAt,
  requestsPerMinute: apiKeys.requestsPerMinute,
  tokensPerMinute: apiKeys.tokensPerMinute,
  concurrentStreams: apiKeys.concurrentStreams,
  concurrentRequests: apiKeys.concurrentRequests,
}
