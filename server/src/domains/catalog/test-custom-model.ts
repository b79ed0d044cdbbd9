import type { ProviderName } from "@sluice/protocol/providers"
import { maskSecrets } from "../../platform/logger.ts"
import type { Actor, EnvironmentCredential } from "../identity/index.ts"
import type { CustomModel } from "./custom-model.ts"
import { type CustomModelDeps, getCustomModel } from "./manage-custom-models.ts"

/** What asking a model for a word found. `status` is null when its server was never reached. */
export interface ModelProbeResult {
  readonly status: number | null
  readonly latencyMs: number
  /** Whether a model answered. */
  readonly answered: boolean
  /** The model that answered, by its own account. */
  readonly modelAnswered: string | null
  /** A sentence for people: what came of it, what to mend. */
  readonly message: string
}

/** Asks a model for a word. Handed in, because only the gateway's side knows providers. Never throws. */
export type ProbeModel = (probe: {
  readonly provider: ProviderName
  readonly model: string
  /** Null: the provider's own. */
  readonly baseUrl: string | null
  /** Null: the server asks for none. */
  readonly credential: { readonly secret: string; readonly options: Readonly<Record<string, string>> } | null
  readonly signal: AbortSignal
}) => Promise<ModelProbeResult>

/** What testing takes. */
export interface TestCustomModelDeps extends Pick<CustomModelDeps, "store"> {
  useCredential(actor: Actor, id: string): Promise<EnvironmentCredential | null>
  /** The credential the project uses when nothing names one. */
  usualCredential(actor: Actor, provider: ProviderName): Promise<EnvironmentCredential | null>
  readonly probeModel: ProbeModel
}

/**
 * Calls a custom model once, with the credential and the server that requests for it use, and says what came of it; nothing
 * in the answer repeats a secret.
 * @throws ApiError `not_found` when the project has no such model
 */
export async function testCustomModel(
  deps: TestCustomModelDeps,
  actor: Actor,
  call: { readonly id: string; readonly signal: AbortSignal },
): Promise<ModelProbeResult> {
  const model = await getCustomModel(deps, actor, call.id)
  const opened = await openServer(deps, actor, model)
  if (opened === null && model.baseUrl === null) return unopened(model)
  const result = await deps.probeModel({
    provider: model.provider,
    model: model.upstreamModel,
    baseUrl: model.baseUrl ?? opened?.credential.baseUrl ?? null,
    credential: opened && { secret: opened.secret, options: opened.credential.options },
    signal: call.signal,
  })
  return {
    ...result,
    message: clean(result.message, opened, actor),
    modelAnswered: result.modelAnswered?.slice(0, 256) ?? null,
  }
}

async function openServer(
  deps: TestCustomModelDeps,
  actor: Actor,
  model: CustomModel,
): Promise<EnvironmentCredential | null> {
  if (model.baseUrl !== null) return null
  if (model.credentialId !== null) return deps.useCredential(actor, model.credentialId)
  return deps.usualCredential(actor, model.provider)
}

/** Nothing was called: there is nothing to call it with. */
function unopened(model: CustomModel): ModelProbeResult {
  const message =
    model.credentialId === null
      ? `This project has no credential for ${model.provider}: add one on the Providers page.`
      : "The credential of this model is gone: choose another one for it."
  return { status: null, latencyMs: 0, answered: false, modelAnswered: null, message }
}

/** What the server said, without the secret; and without its address where that is another organization's. */
function clean(message: string, opened: EnvironmentCredential | null, actor: Actor): string {
  if (!opened) return maskSecrets(message).slice(0, 500)
  const { credential, secret } = opened
  let said = message.replaceAll(secret, "[secret]")
  if (credential.organizationId !== actor.organization.id && credential.baseUrl !== null) {
    const { host, hostname } = new URL(credential.baseUrl)
    said = said.replaceAll(host, "the server").replaceAll(hostname, "the server")
  }
  return maskSecrets(said).slice(0, 500)
}
