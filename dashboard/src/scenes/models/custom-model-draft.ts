import type { CreateCustomModel, CustomModelBody, UpdateCustomModel } from "@sluice/protocol/api/custom-models"
import type { ProviderName } from "@sluice/protocol/providers"

/** The form of a custom model as it is typed. */
export interface CustomModelDraft {
  readonly name: string
  readonly provider: ProviderName
  readonly upstreamModel: string
  /** A credential's id; empty: none is named. */
  readonly credentialId: string
  readonly baseUrl: string
  readonly inputPrice: string
  readonly outputPrice: string
  readonly cacheReadPrice: string
  readonly cacheWritePrice: string
  /** Digits. */
  readonly contextWindow: string
  readonly description: string
}

/** The form of a model that is there, or of a new one. */
export function toDraft(model: CustomModelBody | null): CustomModelDraft {
  return {
    name: model?.name ?? "",
    provider: model?.provider ?? "custom",
    upstreamModel: model?.upstream_model ?? "",
    credentialId: model?.credential_id ?? "",
    baseUrl: model?.base_url ?? "",
    inputPrice: model?.price?.input_per_million_usd ?? "",
    outputPrice: model?.price?.output_per_million_usd ?? "",
    cacheReadPrice: model?.price?.cache_read_per_million_usd ?? "",
    cacheWritePrice: model?.price?.cache_write_per_million_usd ?? "",
    contextWindow: model?.context_window?.toString() ?? "",
    description: model?.description ?? "",
  }
}

/** What is sent for a new model. */
export function toCreate(draft: CustomModelDraft): CreateCustomModel {
  return { ...toUpdate(draft), name: draft.name.trim(), provider: draft.provider }
}

/** What is sent for a changed one: all that the form shows. */
export function toUpdate(draft: CustomModelDraft): UpdateCustomModel {
  return {
    name: draft.name.trim(),
    upstream_model: draft.upstreamModel.trim() || draft.name.trim(),
    credential_id: draft.credentialId || null,
    base_url: draft.credentialId === "" && draft.baseUrl.trim() !== "" ? draft.baseUrl.trim() : null,
    price: toPrice(draft),
    context_window: draft.contextWindow === "" ? null : Number(draft.contextWindow),
    description: draft.description.trim() || null,
  }
}

/** Null: nothing is known of it. Rates of the cache may be unknown beside known ones of input and output. */
function toPrice(draft: CustomModelDraft): UpdateCustomModel["price"] {
  const { inputPrice, outputPrice, cacheReadPrice, cacheWritePrice } = draft
  const [input, output] = [inputPrice.trim(), outputPrice.trim()]
  const [read, write] = [cacheReadPrice.trim(), cacheWritePrice.trim()]
  if (input === "" && output === "" && read === "" && write === "") return null
  return {
    input_per_million_usd: input,
    output_per_million_usd: output,
    cache_read_per_million_usd: read || null,
    cache_write_per_million_usd: write || null,
  }
}
