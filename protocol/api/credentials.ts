import { z } from "zod"
import { providerNames } from "../providers.ts"

/** Who may use a credential: one project, every project of the organization, or every project of the installation. */
export const credentialScopes = ["project", "organization", "installation"] as const
export type CredentialScope = (typeof credentialScopes)[number]

/**
 * A provider credential as the API shows it: never the secret. Of one that another organization offers to the whole
 * installation, no more than `id`, `provider`, `label` and `created_at` is told.
 */
export interface CredentialBody {
  readonly id: string
  /** Null unless `scope` is `project`. */
  readonly project_id: string | null
  /** Where it comes from; a project uses the nearest one first, and those of the environment last. */
  readonly scope: CredentialScope
  readonly provider: (typeof providerNames)[number]
  readonly label: string
  readonly last_four: string
  readonly base_url: string | null
  readonly options: Readonly<Record<string, string>>
  /** `env` credentials come from the environment: read-only, never stored, ranked below stored ones. */
  readonly source: "stored" | "env"
  /** The variable a `env` credential was read from; null for stored ones. */
  readonly variable: string | null
  readonly created_at: string
  readonly last_used_at: string | null
}

/**
 * `POST credentials`. `scope` is `project` unless given; `organization` needs the permission `credential:share`, and
 * `installation` needs `credential:offer` in the organization that runs the installation. `custom` and
 * `azure` need `base_url`; `options.organization` and `options.project` go to OpenAI as headers, `options.api_version` is Azure's.
 */
export const CreateCredential = z
  .strictObject({
    provider: z.enum(providerNames),
    scope: z.enum(credentialScopes).optional(),
    label: z.string().trim().min(1).max(100).optional(),
    secret: z
      .string()
      .min(1)
      .max(4096)
      .regex(/^[\x21-\x7e]+$/, "printable ASCII without spaces, exactly as the provider gave it"),
    base_url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .nullish(),
    options: z
      .strictObject({
        organization: z.string().max(256).optional(),
        project: z.string().max(256).optional(),
        api_version: z.string().max(64).optional(),
      })
      .optional(),
  })
  .refine((body) => body.provider !== "custom" || typeof body.base_url === "string", {
    path: ["base_url"],
    message: "a custom provider is found by its base URL: the root before /v1",
  })
  .refine((body) => body.provider !== "azure" || typeof body.base_url === "string", {
    path: ["base_url"],
    message: "Azure OpenAI is found by the resource's endpoint: https://<resource>.openai.azure.com",
  })
export type CreateCredential = z.infer<typeof CreateCredential>

/** What `POST credentials/{id}/test` found by making one cheap call (listing models). */
export interface CredentialTestBody {
  readonly ok: boolean
  /** The provider's HTTP status; null when it was never reached. */
  readonly status: number | null
  readonly latency_ms: number
  readonly message: string
}
