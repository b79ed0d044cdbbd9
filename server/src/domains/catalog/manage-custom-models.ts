import type { FieldError } from "@sluice/protocol/api/common"
import type { CreateCustomModel, CustomModelPrice, UpdateCustomModel } from "@sluice/protocol/api/custom-models"
import { fromPublicId } from "@sluice/protocol/ids"
import type { Clock } from "../../platform/clock.ts"
import { conflict, notFound, preconditionFailed, validationFailed } from "../../platform/errors.ts"
import { createUuid } from "../../platform/ids.ts"
import { type Actor, type ListPage, normaliseBaseUrl } from "../identity/index.ts"
import type { CustomModel } from "./custom-model.ts"
import type { CustomModelStore, NewCustomPrice } from "./custom-model-store.ts"
import { type Rates, type StoredRates, toStoredRates } from "./price.ts"
import { parseDecimal, ratePlaces } from "./usd.ts"

/** What the verbs of custom models take. `changed` is told after each commit. */
export interface CustomModelDeps {
  readonly store: CustomModelStore
  readonly clock: Clock
  /** Whether a server may be at a private address. */
  readonly allowPrivateUpstreams: boolean
  /** A credential that the actor's project can use, by its UUID. */
  useCredential(actor: Actor, id: string): Promise<{ readonly credential: { readonly provider: string } } | null>
  changed(): void
}

/** Providers whose servers may be one's own and ask for no key. */
const keyless: readonly string[] = ["custom", "ollama"]

/** Providers whose servers nothing but a credential or a base URL names. */
const homeless: readonly string[] = ["custom", "azure"]

/** A model as it is asked for, with what a PATCH leaves as it was. */
interface Wanted extends Pick<CustomModel, "name" | "provider" | "upstreamModel" | "credentialId" | "baseUrl"> {}

/** The custom models of the actor's project, newest first, after the one with the id `after`. */
export async function listCustomModels(
  deps: Pick<CustomModelDeps, "store">,
  actor: Actor,
  page: { readonly limit: number; readonly after: string | null },
): Promise<ListPage<CustomModel>> {
  const rows = await deps.store.list(placeOf(actor), { limit: page.limit + 1, after: page.after })
  return { items: rows.slice(0, page.limit), hasMore: rows.length > page.limit }
}

/** @throws ApiError `not_found` when the project has no such one */
export async function getCustomModel(
  deps: Pick<CustomModelDeps, "store">,
  actor: Actor,
  id: string,
): Promise<CustomModel> {
  const model = await deps.store.find({ ...placeOf(actor), id })
  if (!model) throw notFound("custom model")
  return model
}

/**
 * Registers a model under a name of the project's own.
 * @throws ApiError `validation_failed` with every bad field, `conflict` when the project has a model of that name
 */
export async function createCustomModel(
  deps: CustomModelDeps,
  actor: Actor,
  wanted: CreateCustomModel,
): Promise<CustomModel> {
  const now = deps.clock.now()
  const asked: Wanted = {
    name: wanted.name,
    provider: wanted.provider,
    upstreamModel: wanted.upstream_model ?? wanted.name,
    credentialId: wanted.credential_id ?? null,
    baseUrl: wanted.base_url ?? null,
  }
  const server = await checkServer(deps, actor, asked, null)
  const model: CustomModel = {
    ...server,
    ...placeOf(actor),
    id: createUuid(now),
    price: wanted.price ? toRates(wanted.price) : null,
    contextWindow: wanted.context_window ?? null,
    description: wanted.description || null,
    revision: 1,
    createdAt: new Date(now),
    updatedAt: new Date(now),
  }
  if ((await deps.store.insert(model, createUuid(now))) === "taken") throw taken(model.name)
  deps.changed()
  return model
}

/**
 * Changes a custom model; what is absent stays. `expects` tells whether a state of it is the one that the caller saw.
 * @throws ApiError as `createCustomModel`, `not_found`, or `precondition_failed` when it is not the one expected
 */
export async function updateCustomModel(
  deps: CustomModelDeps,
  actor: Actor,
  change: { readonly id: string; readonly values: UpdateCustomModel; expects(revision: number): boolean },
): Promise<CustomModel> {
  const { values } = change
  const before = await getCustomModel(deps, actor, change.id)
  if (!change.expects(before.revision)) throw preconditionFailed("custom model")
  const asked = withChanges(before, values)
  const server = await checkServer(deps, actor, asked, before)
  const now = deps.clock.now()
  const price = values.price === undefined ? undefined : values.price && toRates(values.price)
  const model: CustomModel = {
    ...before,
    ...server,
    price: price === undefined ? before.price : price,
    contextWindow: values.context_window === undefined ? before.contextWindow : values.context_window,
    description: values.description === undefined ? before.description : values.description || null,
    revision: before.revision + 1,
    updatedAt: new Date(now),
  }
  const newPrice: NewCustomPrice | undefined = price === undefined ? undefined : { id: createUuid(now), rates: price }
  const outcome = await deps.store.update(model, newPrice)
  if (outcome === "taken") throw taken(model.name)
  if (outcome === "stale") throw preconditionFailed("custom model")
  deps.changed()
  return model
}

/** What is absent stays; a credential given takes the base URL away, and the other way round. */
function withChanges(before: CustomModel, values: UpdateCustomModel): Wanted {
  const { credential_id: credentialId, base_url: baseUrl } = values
  return {
    name: values.name ?? before.name,
    provider: before.provider,
    upstreamModel: values.upstream_model ?? before.upstreamModel,
    credentialId: credentialId !== undefined ? credentialId : baseUrl ? null : before.credentialId,
    baseUrl: baseUrl !== undefined ? baseUrl : credentialId ? null : before.baseUrl,
  }
}

/**
 * Deletes a custom model for good; its requests and their costs stay.
 * @throws ApiError `not_found`, or `precondition_failed` when it is not the one expected
 */
export async function deleteCustomModel(
  deps: Pick<CustomModelDeps, "store" | "changed">,
  actor: Actor,
  change: { readonly id: string; expects(revision: number): boolean },
): Promise<void> {
  const before = await getCustomModel(deps, actor, change.id)
  if (!change.expects(before.revision)) throw preconditionFailed("custom model")
  const outcome = await deps.store.delete({ ...placeOf(actor), id: change.id }, before.revision)
  if (outcome === "stale") throw preconditionFailed("custom model")
  deps.changed()
}

const placeOf = (actor: Actor) => ({ organizationId: actor.organization.id, projectId: actor.project.id })

const taken = (name: string) => conflict(`This project has a custom model named ${name} already.`)

/**
 * One server, found in one way: a credential's own, a base URL without any, or the project's usual one. A base URL is never
 * combined with a credential, so that no secret can be led to a server it was not stored for.
 * @param before what is changed; null: nothing, it is new
 * @throws ApiError `validation_failed`
 */
async function checkServer(
  deps: CustomModelDeps,
  actor: Actor,
  wanted: Wanted,
  before: CustomModel | null,
): Promise<Wanted> {
  const { provider } = wanted
  const mistakes: FieldError[] = []
  const wrong = (field: string, message: string) => mistakes.push({ field, message })
  if (wanted.credentialId !== null && wanted.baseUrl !== null) {
    wrong("base_url", "the credential names its server; give one or the other")
  } else if (wanted.credentialId === null && wanted.baseUrl === null && homeless.includes(provider)) {
    const orUrl = keyless.includes(provider) ? ", or the base_url of a server that asks for no key" : ""
    wrong("credential_id", `a model at ${provider} needs the credential that names its server${orUrl}`)
  }
  const baseUrl = wanted.baseUrl === null ? null : normaliseBaseUrl(wanted.baseUrl, deps.allowPrivateUpstreams)
  if (baseUrl?.mistake) wrong("base_url", baseUrl.mistake)
  if (baseUrl && !keyless.includes(provider)) {
    wrong("base_url", `servers of ${provider} ask for a key: store it as a credential with this base URL and name that`)
  }
  const credentialId = wanted.credentialId === null ? null : toUuid(wanted.credentialId)
  // One that went away since is no reason to refuse a new description.
  const isNew = wanted.credentialId !== null && credentialId !== before?.credentialId
  const found = isNew && credentialId !== null ? await deps.useCredential(actor, credentialId) : null
  if (isNew && !found) wrong("credential_id", "this project can use no such credential")
  if (found && found.credential.provider !== provider) {
    wrong("credential_id", `this credential is for ${found.credential.provider}, not for ${provider}`)
  }
  if (mistakes.length > 0) throw validationFailed(mistakes)
  return { ...wanted, credentialId, baseUrl: baseUrl?.url ?? null }
}

/** What is stored is a UUID already; what a caller writes is a public id. Null when it is neither. */
const toUuid = (id: string): string | null => (uuidPattern.test(id) ? id : fromPublicId("credential", id))

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** USD per million tokens as the table holds them: per token. */
function toRates(price: CustomModelPrice): StoredRates {
  const rate = (perMillion: string) => ({ base: parseDecimal(perMillion, ratePlaces - 6), tiers: [] })
  const rates: Rates = {
    input: rate(price.input_per_million_usd),
    output: rate(price.output_per_million_usd),
    ...(price.cache_read_per_million_usd !== null && { cache_read: rate(price.cache_read_per_million_usd) }),
    ...(price.cache_write_per_million_usd !== null && { cache_write: rate(price.cache_write_per_million_usd) }),
  }
  return toStoredRates(rates)
}
