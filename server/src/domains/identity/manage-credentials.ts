import type { FieldError } from "@sluice/protocol/api/common"
import type { CreateCredential, CredentialScope } from "@sluice/protocol/api/credentials"
import type { ProviderName } from "@sluice/protocol/providers"
import type { Clock } from "../../platform/clock.ts"
import { conflict, notFound, permissionDenied, validationFailed } from "../../platform/errors.ts"
import { createUuid } from "../../platform/ids.ts"
import { maskSecrets } from "../../platform/logger.ts"
import type { Actor } from "./actor.ts"
import { lastFourOf } from "./api-key-secret.ts"
import { normaliseBaseUrl } from "./base-url.ts"
import type { Credential, EncryptedCredential } from "./credential.ts"
import type { CredentialStore } from "./credential-store.ts"
import type { CredentialVault } from "./credential-vault.ts"
import type { EnvironmentCredential } from "./environment-credentials.ts"
import { isAllowed } from "./permission.ts"
import { identityPermissions } from "./permissions.ts"

/** What one cheap call to a provider found. `status` is null when the provider was never reached. */
export interface ProbeResult {
  readonly status: number | null
  readonly latencyMs: number
  /** A sentence for people. */
  readonly message: string
}

/** Makes that call. Handed in, because only the gateway's side knows providers. */
export type ProbeProvider = (probe: {
  readonly provider: ProviderName
  /** Null: the provider's own. */
  readonly baseUrl: string | null
  readonly secret: string
  readonly options: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}) => Promise<ProbeResult>

/** What the verbs of credentials take. `changed` is told after each commit. */
export interface CredentialDeps {
  readonly store: CredentialStore
  readonly vault: CredentialVault
  readonly environment: readonly EnvironmentCredential[]
  readonly clock: Clock
  /** Whether a provider may be at a private address. */
  readonly allowPrivateUpstreams: boolean
  /** The organization that runs the installation: the one its first start made. A UUID. */
  readonly operatorId: string
  changed(): void
}

/**
 * Stores a credential for the actor's project, for its organization's projects, or for every project of the installation.
 * @throws ApiError `validation_failed` for a base URL or option that cannot be used; `permission_denied` when the actor may
 *   not store one for so many
 */
export async function createCredential(
  deps: CredentialDeps,
  actor: Actor,
  wanted: CreateCredential,
): Promise<Credential> {
  const scope = wanted.scope ?? "project"
  demandReach(deps, actor, scope)
  const mistakes: FieldError[] = optionMistakes(wanted)
  const baseUrl = wanted.base_url
    ? normaliseBaseUrl(wanted.base_url, deps.allowPrivateUpstreams, wanted.provider)
    : null
  if (baseUrl?.mistake) mistakes.push({ field: "base_url", message: baseUrl.mistake })
  if (mistakes.length > 0) throw validationFailed(mistakes)
  const now = deps.clock.now()
  const credential: Credential = {
    id: createUuid(now),
    organizationId: actor.organization.id,
    projectId: scope === "project" ? actor.project.id : null,
    scope,
    provider: wanted.provider,
    label: wanted.label ?? wanted.provider,
    lastFour: lastFourOf(wanted.secret),
    baseUrl: baseUrl?.url ?? null,
    options: { ...wanted.options },
    source: "stored",
    variable: null,
    priority: 0,
    createdAt: new Date(now),
    lastUsedAt: null,
  }
  await deps.store.insert({ ...credential, ...(await deps.vault.encrypt(credential, wanted.secret)) })
  deps.changed()
  return credential
}

/**
 * Who may store, delete or try a credential that reaches beyond one project: it carries the traffic of others, so whoever
 * could store one could read along.
 */
function demandReach(deps: Pick<CredentialDeps, "operatorId">, actor: Actor, scope: CredentialScope): void {
  if (scope === "project") return
  const permission = scope === "organization" ? "credential:share" : "credential:offer"
  if (!isAllowed(actor, identityPermissions[permission])) throw permissionDenied(permission)
  if (scope === "installation" && actor.organization.id !== deps.operatorId) {
    throw permissionDenied(permission, "Only the organization that runs this installation offers credentials to all.")
  }
}

/** Which providers know an option, and what it must look like: OpenAI's become headers, Azure's a part of its paths. */
const knownOptions: Readonly<Record<string, readonly [providers: readonly string[], RegExp, expected: string]>> = {
  organization: [["openai", "custom"], /^[\x21-\x7e]+$/, "printable ASCII without spaces"],
  project: [["openai", "custom"], /^[\x21-\x7e]+$/, "printable ASCII without spaces"],
  api_version: [
    ["azure"],
    /^(\d{4}-\d{2}-\d{2}(-preview)?|preview|latest)$/,
    "a version such as 2024-10-21, or nothing",
  ],
}

function optionMistakes({ provider, options = {} }: CreateCredential): FieldError[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const field = `options.${name}`
    const [providers, form, expected] = knownOptions[name] ?? [[], /^/, ""]
    if (!providers.includes(provider)) return [{ field, message: `${provider} has no such option` }]
    return value === undefined || form.test(value) ? [] : [{ field, message: expected }]
  })
}

const ofProject = (environment: readonly EnvironmentCredential[], actor: Actor) =>
  environment.filter(({ credential }) => credential.projectId === actor.project.id)

/**
 * Deletes a stored credential for good.
 * @throws ApiError `not_found` when the project can use no such one, `conflict` when it comes from the environment,
 *   `permission_denied` when it is not the actor's to delete
 */
export async function deleteCredential(
  deps: Pick<CredentialDeps, "store" | "environment" | "operatorId" | "changed">,
  actor: Actor,
  id: string,
): Promise<void> {
  const fixed = ofProject(deps.environment, actor).find(({ credential }) => credential.id === id)
  if (fixed)
    throw conflict(`This credential is the variable ${fixed.credential.variable}; it goes when the variable does.`)
  const stored = await findOwn(deps, actor, id)
  demandReach(deps, actor, stored.scope)
  const deleted = await deps.store.delete({ organizationId: actor.organization.id, projectId: actor.project.id, id })
  if (!deleted) throw notFound("credential")
  deps.changed()
}

/** One that the actor's own organization stored; whoever offers one to all keeps it to themselves. */
async function findOwn(deps: Pick<CredentialDeps, "store">, actor: Actor, id: string): Promise<EncryptedCredential> {
  const stored = await deps.store.find({ organizationId: actor.organization.id, projectId: actor.project.id, id })
  if (stored) return stored
  if (!(await deps.store.findOffered(id))) throw notFound("credential")
  throw permissionDenied("credential:offer", "This credential belongs to whoever runs this installation.")
}

/**
 * Makes one cheap call with a credential and says what came of it. Whatever the provider said is kept from repeating the
 * secret.
 * @throws ApiError `not_found` when the project can use no such one, `permission_denied` when another organization offers it
 */
export async function testCredential(
  deps: Pick<CredentialDeps, "store" | "vault" | "environment"> & { readonly probeProvider: ProbeProvider },
  actor: Actor,
  call: { readonly id: string; readonly signal: AbortSignal },
): Promise<ProbeResult> {
  const fromEnvironment = ofProject(deps.environment, actor).find(({ credential }) => credential.id === call.id)
  const stored = fromEnvironment ? null : await findOwn(deps, actor, call.id)
  const { provider, baseUrl, options } = stored ?? (fromEnvironment as EnvironmentCredential).credential
  const secret = stored ? await deps.vault.decrypt(stored) : (fromEnvironment as EnvironmentCredential).secret
  const result = await deps.probeProvider({ provider, baseUrl, options, secret, signal: call.signal })
  return { ...result, message: maskSecrets(result.message.replaceAll(secret, "[secret]")).slice(0, 500) }
}
