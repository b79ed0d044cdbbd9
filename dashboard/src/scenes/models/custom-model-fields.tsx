import { type ProviderName, providerNames } from "@sluice/protocol/providers"
import { useQuery } from "@tanstack/react-query"
import { InputField, SelectField } from "../../components/field.tsx"
import { credentialsQuery } from "../../hooks/use-credentials.ts"
import type { CustomModelDraft } from "./custom-model-draft.ts"

interface FieldsProps {
  readonly draft: CustomModelDraft
  readonly set: (change: Partial<CustomModelDraft>) => void
  readonly errorOf: (field: string) => string | undefined
}

/** What can be said of a custom model; the provider of a new one only. */
export function CustomModelFields({ isNew, ...fields }: FieldsProps & { readonly isNew: boolean }) {
  const { draft, set, errorOf } = fields
  return (
    <>
      <InputField
        label="Name"
        autoFocus
        spellCheck={false}
        hint="What applications ask for."
        value={draft.name}
        error={errorOf("name")}
        onChange={(event) => set({ name: event.target.value })}
      />
      <ServerFields {...fields} isNew={isNew} />
      <InputField
        label="Model at the server (optional)"
        spellCheck={false}
        hint="What the server calls it, if not by the name above."
        value={draft.upstreamModel}
        error={errorOf("upstream_model")}
        onChange={(event) => set({ upstreamModel: event.target.value })}
      />
      <PriceFields {...fields} />
      <InputField
        label="Context window (optional)"
        inputMode="numeric"
        hint="Tokens."
        value={draft.contextWindow}
        error={errorOf("context_window")}
        onChange={(event) => set({ contextWindow: event.target.value.replace(/\D/g, "") })}
      />
      <InputField
        label="Description (optional)"
        value={draft.description}
        error={errorOf("description")}
        onChange={(event) => set({ description: event.target.value })}
      />
    </>
  )
}

function ServerFields({ draft, set, errorOf, isNew }: FieldsProps & { readonly isNew: boolean }) {
  const credentials = useQuery(credentialsQuery).data?.data ?? []
  const isKeyless = draft.provider === "custom" || draft.provider === "ollama"
  return (
    <>
      <SelectField
        label="Provider"
        disabled={!isNew}
        hint={isNew ? "custom is any OpenAI-compatible server." : "Another provider is another model."}
        value={draft.provider}
        error={errorOf("provider")}
        onChange={(event) => set({ provider: event.target.value as ProviderName, credentialId: "" })}
      >
        {providerNames.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </SelectField>
      <SelectField
        label="Credential"
        hint="It names the server; add one on the Providers page."
        value={draft.credentialId}
        error={errorOf("credential_id")}
        onChange={(event) => set({ credentialId: event.target.value })}
      >
        <option value="">
          {isKeyless && (draft.provider === "custom" || draft.baseUrl !== "")
            ? "None: the server asks for no key"
            : "The project's usual one"}
        </option>
        {credentials
          .filter(({ provider }) => provider === draft.provider)
          .map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
      </SelectField>
      {isKeyless && draft.credentialId === "" && (
        <InputField
          label="Base URL"
          type="url"
          placeholder="http://localhost:8000"
          hint="The root before /v1."
          value={draft.baseUrl}
          error={errorOf("base_url")}
          onChange={(event) => set({ baseUrl: event.target.value })}
        />
      )}
    </>
  )
}

function PriceFields({ draft, set, errorOf }: FieldsProps) {
  return (
    <div className="grid grid-cols-2 gap-3">
      <InputField
        label="Input price"
        inputMode="decimal"
        hint="USD per million tokens; empty: unknown."
        value={draft.inputPrice}
        error={errorOf("price.input_per_million_usd")}
        onChange={(event) => set({ inputPrice: event.target.value })}
      />
      <InputField
        label="Output price"
        inputMode="decimal"
        hint="0 for embeddings."
        value={draft.outputPrice}
        error={errorOf("price.output_per_million_usd")}
        onChange={(event) => set({ outputPrice: event.target.value })}
      />
      <InputField
        label="Cache read price"
        inputMode="decimal"
        hint="Empty: as other input."
        value={draft.cacheReadPrice}
        error={errorOf("price.cache_read_per_million_usd")}
        onChange={(event) => set({ cacheReadPrice: event.target.value })}
      />
      <InputField
        label="Cache write price"
        inputMode="decimal"
        hint="Empty: as other input."
        value={draft.cacheWritePrice}
        error={errorOf("price.cache_write_per_million_usd")}
        onChange={(event) => set({ cacheWritePrice: event.target.value })}
      />
    </div>
  )
}
