import { z } from "zod"
import { providerNames } from "../providers.ts"

/** What a custom model's tokens cost: exact decimal text in USD per million tokens; null: as other input. */
export interface CustomModelPrice {
  readonly input_per_million_usd: string
  readonly output_per_million_usd: string
  readonly cache_read_per_million_usd: string | null
  readonly cache_write_per_million_usd: string | null
}

/** A model that a project brings along, as the API shows it. Its answer's `ETag` names this state of it. */
export interface CustomModelBody {
  readonly id: string
  readonly project_id: string
  /** What applications ask for. */
  readonly name: string
  readonly provider: (typeof providerNames)[number]
  /** What is sent to the provider in the place of `name`. */
  readonly upstream_model: string
  /** The credential that opens the server's door, and names its base URL; null: the project's usual one, or none at all. */
  readonly credential_id: string | null
  /** The root before `/v1` of a server that asks for no key; null: the credential's. */
  readonly base_url: string | null
  /** Null: not known, or the catalog's where it lists `upstream_model`. */
  readonly price: CustomModelPrice | null
  /** Tokens. */
  readonly context_window: number | null
  readonly description: string | null
  /** Grows with every change; what the `ETag` of an answer with one model says. */
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

const modelName = z
  .string()
  .max(256)
  .regex(/^[\x21-\x29\x2b-\x7e]+$/, "printable ASCII without spaces or *")

const rate = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,9})?$/, 'USD per million tokens as decimal text, at most nine places, e.g. "0.25"')

const Price = z.strictObject({
  input_per_million_usd: rate,
  /** `"0"` where a model writes nothing, as embeddings do. */
  output_per_million_usd: rate,
  cache_read_per_million_usd: rate.nullable().default(null),
  cache_write_per_million_usd: rate.nullable().default(null),
})

const changeable = {
  name: modelName,
  upstream_model: modelName,
  credential_id: z.string().max(64).nullable(),
  base_url: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .nullable(),
  price: Price.nullable(),
  context_window: z.number().int().min(1).max(1_000_000_000).nullable(),
  description: z.string().trim().max(500).nullable(),
}

/**
 * `POST models/custom`. Give `credential_id`, or the `base_url` of a server without a key, or neither for another name of a
 * model that the project's usual credential opens. `upstream_model` is `name` unless given.
 */
export const CreateCustomModel = z.strictObject({
  name: changeable.name,
  provider: z.enum(providerNames),
  upstream_model: changeable.upstream_model.optional(),
  credential_id: changeable.credential_id.optional(),
  base_url: changeable.base_url.optional(),
  price: changeable.price.optional(),
  context_window: changeable.context_window.optional(),
  description: changeable.description.optional(),
})
export type CreateCustomModel = z.infer<typeof CreateCustomModel>

/**
 * `PATCH models/custom/{id}`: what is absent stays; `null` takes away. The provider stays what it is: another server is
 * another model. Giving a credential takes the base URL away, and the other way round. A new price holds from now on.
 */
export const UpdateCustomModel = z.strictObject(changeable).partial()
export type UpdateCustomModel = z.infer<typeof UpdateCustomModel>

/** What `POST models/custom/{id}/test` found by asking the model for a word. */
export interface CustomModelTestBody {
  readonly ok: boolean
  /** False when nothing answered there. */
  readonly reachable: boolean
  /** The server's HTTP status; null when it was never reached. */
  readonly status: number | null
  readonly latency_ms: number
  /** The model that answered, by its own account. */
  readonly model_answered: string | null
  /** What came of it, and what to mend. */
  readonly message: string
}
