import { type ProviderName, providerNames } from "@sluice/protocol/providers"
import type { CredentialEntity, KeyEntity, ProjectEntity, SnapshotEntity } from "@sluice/protocol/snapshot"
import type { Credential, EncryptedCredential } from "./credential.ts"
import type { EnvironmentCredential } from "./environment-credentials.ts"
import { toLimits } from "./limit-columns.ts"
import type { ApiKeyState, ProjectState, StoredState } from "./snapshot-store.ts"

/** What turning stored state into entities takes. */
export interface BuildSnapshotDeps {
  decrypt(credential: EncryptedCredential): Promise<string>
  /** Seals a secret for gateways, bound to the credential's id. */
  seal(secret: string, credentialId: string): string
  /** Told of a credential that cannot be decrypted; it is left out, so that it takes nothing else with it. */
  report(error: unknown, credentialId: string): void
}

/** The entities gateways are told of, from what is stored. */
export async function buildSnapshot(deps: BuildSnapshotDeps, state: StoredState): Promise<SnapshotEntity[]> {
  const entities: SnapshotEntity[] = state.organizations.map((organization) => ({
    kind: "organization",
    id: organization.id,
    disabled: organization.disabledAt !== null,
    limits: toLimits(organization),
  }))
  for (const project of state.projects) entities.push(toProjectEntity(project))
  for (const key of state.keys) entities.push(toKeyEntity(key))
  for (const credential of state.credentials) {
    try {
      const secret = await deps.decrypt(credential)
      entities.push(toCredentialEntity(credential, deps.seal(secret, credential.id)))
    } catch (error) {
      deps.report(error, credential.id)
    }
  }
  return entities
}

/** The environment's credentials as entities. */
export const buildEnvironmentSnapshot = (
  environment: readonly EnvironmentCredential[],
  seal: BuildSnapshotDeps["seal"],
): CredentialEntity[] =>
  environment.map(({ credential, secret }) => toCredentialEntity(credential, seal(secret, credential.id)))

const isProvider = (name: string | null): name is ProviderName => providerNames.some((known) => known === name)

const toProjectEntity = (project: ProjectState): ProjectEntity => ({
  kind: "project",
  id: project.id,
  organization_id: project.organizationId,
  default_provider: isProvider(project.defaultProvider) ? project.defaultProvider : null,
  response_headers: project.responseHeaders,
})

const toKeyEntity = (key: ApiKeyState): KeyEntity => ({
  kind: "key",
  id: key.id,
  hash: key.hash.toString("hex"),
  organization_id: key.organizationId,
  project_id: key.projectId,
  scopes: key.scopes,
  models: key.models,
  environment: key.environment,
  expires_at: key.expiresAt?.getTime() ?? null,
  limits: toLimits(key),
})

function toCredentialEntity(credential: Credential, sealed: string): CredentialEntity {
  return {
    kind: "credential",
    id: credential.id,
    organization_id: credential.scope === "installation" ? null : credential.organizationId,
    project_id: credential.projectId,
    provider: credential.provider,
    source: credential.source === "env" ? "environment" : "stored",
    base_url: credential.baseUrl,
    sealed,
    priority: credential.priority,
    headers: toHeaders(credential),
    options: credential.options.api_version ? { api_version: credential.options.api_version } : {},
  }
}

/** OpenAI's own way of naming who pays (https://platform.openai.com/docs/api-reference/authentication). */
function toHeaders({ options }: Credential): Record<string, string> {
  const headers: Record<string, string> = {}
  if (options.organization) headers["openai-organization"] = options.organization
  if (options.project) headers["openai-project"] = options.project
  return headers
}
