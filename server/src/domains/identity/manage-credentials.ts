import type { FieldError } from "@sluice/protocol/api/common"
import type { CreateCredential } from "@sluice/protocol/api/credentials"
import type { ProviderName } from "@sluice/protocol/providers"
import type { Clock } from "../../platform/clock.ts"
import { conflict, notFound, validationFailed } from "../../platform/errors.ts"
import { createUuid } from "../../platform/ids.ts"
import { maskSecrets } from "../../platform/logger.ts"
import type { Actor } from "./actor.ts"
import { lastFourOf } from "./api-key-secret.ts"
import { normaliseBaseUrl } from "./base-url.ts"
import type { Credential } from "./credential.ts"
import type { CredentialStore } from "./credential-store.ts"
import type { CredentialVault } from "./credential-vault.ts"
import type { EnvironmentCredential } from "./environment-credentials.ts"
import type { ListPage } from "./list-page.ts"

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
  changed(): void
}

/**
 * Stores a credential for the actor's project.
 * @throws ApiError `validation_failed` for a base URL or option that cannot be used
 */
export async function createCredential(
  deps: CredentialDeps,
  actor: Actor,
  wanted: CreateCredential,
): Promise<Credential> {
  const mistakes: FieldError[] = optionMistakes(wanted)
  const baseUrl = wanted.base_url ? normaliseBaseUrl(wanted.base_url, deps.allowPrivateUpstreams) : null
  if (baseUrl?.mistake) mistakes.push({ field: "base_url", message: baseUrl.mistake })
  if (mistakes.length > 0) throw validationFailed(mistakes)
  const now = deps.clock.now()
  const credential: Credential = {
    id: createUuid(now),
    organizationId: actor.organization.id,
    projectId: actor.project.id,
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

/** Options become request headers, of one wire format only. */
function optionMistakes({ provider, options = {} }: CreateCredential): FieldError[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const field = `options.${name}`
    if (!["openai", "custom"].includes(provider)) return [{ field, message: `${provider} has no such option` }]
    if (value !== undefined && !/^[\x21-\x7e]+$/.test(value)) {
      return [{ field, message: "printable ASCII without spaces" }]
    }
    return []
  })
}

/** Where a list of credentials goes on: after a stored one, or among those of the environment. */
const environmentPosition = /^env:(\d{1,4})$/

/**
 * The stored credentials of the actor's project, newest first, then those of the environment. `after` is what `next` of the
 * page before said.
 */
export async function listCredentials(
  deps: Pick<CredentialDeps, "store" | "environment">,
  actor: Actor,
  page: { readonly limit: number; readonly after: string | null },
): Promise<ListPage<Credential> & { readonly next: string | null }> {
  const place = { organizationId: actor.organization.id, projectId: actor.project.id }
  const from = page.after?.match(environmentPosition)?.[1]
  const rows = from === undefined ? await deps.store.list(place, { limit: page.limit + 1, after: page.after }) : []
  const stored = rows.slice(0, page.limit).map(withoutSecret)
  if (rows.length > page.limit) return { items: stored, hasMore: true, next: stored.at(-1)?.id ?? null }
  const start = Number(from ?? 0)
  const fromEnvironment = ofProject(deps.environment, actor).map(({ credential }) => credential)
  const end = start + page.limit - stored.length
  const hasMore = end < fromEnvironment.length
  return { items: [...stored, ...fromEnvironment.slice(start, end)], hasMore, next: hasMore ? `env:${end}` : null }
}

const withoutSecret = ({
  encryptedSecret: _secret,
  dataKeyId: _key,
  ...credential
}: Credential & {
  readonly encryptedSecret: Buffer
  readonly dataKeyId: string
}): Credential => credential

const ofProject = (environment: readonly EnvironmentCredential[], actor: Actor) =>
  environment.filter(({ credential }) => credential.projectId === actor.project.id)

/**
 * Deletes a stored credential for good.
 * @throws ApiError `not_found` when the project has no such one, `conflict` when it comes from the environment
 */
export async function deleteCredential(
  deps: Pick<CredentialDeps, "store" | "environment" | "changed">,
  actor: Actor,
  id: string,
): Promise<void> {
  const fixed = ofProject(deps.environment, actor).find(({ credential }) => credential.id === id)
  if (fixed)
    throw conflict(`This credential is the variable ${fixed.credential.variable}; it goes when the variable does.`)
  const deleted = await deps.store.delete({ organizationId: actor.organization.id, projectId: actor.project.id, id })
  if (!deleted) throw notFound("credential")
  deps.changed()
}

/**
 * Makes one cheap call with a credential and says what came of it. Whatever the provider said is kept from repeating the
 * secret.
 * @throws ApiError `not_found` when the project has no such one
 */
export async function testCredential(
  deps: Pick<CredentialDeps, "store" | "vault" | "environment"> & { readonly probeProvider: ProbeProvider },
  actor: Actor,
  call: { readonly id: string; readonly signal: AbortSignal },
): Promise<ProbeResult> {
  const { credential, secret } = await openCredential(deps, actor, call.id)
  const { provider, baseUrl, options } = credential
  const result = await deps.probeProvider({ provider, baseUrl, options, secret, signal: call.signal })
  return { ...result, message: maskSecrets(result.message.replaceAll(secret, "[secret]")).slice(0, 500) }
}

async function openCredential(
  deps: Pick<CredentialDeps, "store" | "vault" | "environment">,
  actor: Actor,
  id: string,
): Promise<EnvironmentCredential> {
  const fromEnvironment = ofProject(deps.environment, actor).find(({ credential }) => credential.id === id)
  if (fromEnvironment) return fromEnvironment
  const stored = await deps.store.find({ organizationId: actor.organization.id, projectId: actor.project.id, id })
  if (!stored) throw notFound("credential")
  return { credential: withoutSecret(stored), secret: await deps.vault.decrypt(stored) }
}
