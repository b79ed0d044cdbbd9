import type { CreateCredential } from "@sluice/protocol/api/credentials"
import { type ProviderBody, type ProviderName, providerNames } from "@sluice/protocol/providers"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, useState } from "react"
import { ApiError, api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Dialog } from "../../components/dialog.tsx"
import { Failure } from "../../components/failure.tsx"
import { InputField, SelectField } from "../../components/field.tsx"
import { useNotify } from "../../components/toasts.tsx"
import { credentialsQuery } from "../../hooks/use-credentials.ts"
import { type CredentialDraft, toCreateCredential } from "./credential-draft.ts"
import { credentialTestQuery } from "./credential-test.ts"

interface CredentialFormProps {
  readonly initialProvider: ProviderName
  readonly providers: readonly ProviderBody[]
  readonly onClose: () => void
}

/** Adds a credential, then tests it at once, so that a mistyped secret shows here and not in the application. */
export function CredentialForm({ initialProvider, providers, onClose }: CredentialFormProps) {
  const [draft, setDraft] = useState<CredentialDraft>({
    provider: initialProvider,
    label: "",
    secret: "",
    baseUrl: "",
    organization: "",
    project: "",
    apiVersion: "",
  })
  const adding = useAddCredential(onClose)
  const set = (change: Partial<CredentialDraft>) => setDraft((now) => ({ ...now, ...change }))
  const errorOf = (field: string) => fieldError(adding.error, field)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    adding.mutate(toCreateCredential(draft))
  }
  return (
    <Dialog isOpen onClose={onClose} label="Add a credential" className="max-w-md">
      <form noValidate onSubmit={submit} className="grid gap-4 p-5">
        <h2 className="font-semibold">Add a credential</h2>
        <SelectField
          label="Provider"
          value={draft.provider}
          error={errorOf("provider")}
          onChange={(event) => set({ provider: event.target.value as ProviderName })}
        >
          {providerNames.map((name) => (
            <option key={name} value={name}>
              {providers.find((provider) => provider.name === name)?.title ?? name}
            </option>
          ))}
        </SelectField>
        {(draft.provider === "custom" || draft.provider === "azure") && (
          <InputField
            {...(draft.provider === "azure" ? azureEndpoint : customRoot)}
            type="url"
            value={draft.baseUrl}
            error={errorOf("base_url")}
            onChange={(event) => set({ baseUrl: event.target.value })}
          />
        )}
        <InputField
          label="Secret"
          type="password"
          autoComplete="off"
          autoFocus
          spellCheck={false}
          hint="The API key exactly as the provider gave it."
          value={draft.secret}
          error={errorOf("secret")}
          onChange={(event) => set({ secret: event.target.value })}
        />
        <InputField
          label="Label (optional)"
          hint="A name to tell it from others, such as production."
          maxLength={100}
          value={draft.label}
          error={errorOf("label")}
          onChange={(event) => set({ label: event.target.value })}
        />
        {draft.provider === "openai" && <OpenAiOptions draft={draft} set={set} errorOf={errorOf} />}
        {draft.provider === "azure" && (
          <InputField
            label="API version (optional)"
            placeholder="2024-10-21"
            hint="Leave it empty for Azure's newer /openai/v1, which needs none."
            value={draft.apiVersion}
            error={errorOf("options.api_version")}
            onChange={(event) => set({ apiVersion: event.target.value })}
          />
        )}
        {adding.error && !hasShownField(adding.error) && (
          <Failure title="The credential was not added" error={adding.error} />
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={adding.isPending}>
            {adding.isPending ? "Adding…" : "Add and test"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const customRoot = { label: "Base URL", placeholder: "https://llm.example.com", hint: "The root before /v1." }
const azureEndpoint = {
  label: "Endpoint",
  placeholder: "https://my-resource.openai.azure.com",
  hint: "The endpoint of your resource, as the Azure portal shows it.",
}

interface OpenAiOptionsProps {
  readonly draft: CredentialDraft
  readonly set: (change: Partial<CredentialDraft>) => void
  readonly errorOf: (field: string) => string | undefined
}

function OpenAiOptions({ draft, set, errorOf }: OpenAiOptionsProps) {
  return (
    <details>
      <summary className="cursor-pointer text-ink-soft">Organization and project at OpenAI</summary>
      <div className="mt-3 grid grid-cols-2 gap-3">
        <InputField
          label="Organization"
          placeholder="org-…"
          value={draft.organization}
          error={errorOf("options.organization")}
          onChange={(event) => set({ organization: event.target.value })}
        />
        <InputField
          label="Project"
          placeholder="proj_…"
          value={draft.project}
          error={errorOf("options.project")}
          onChange={(event) => set({ project: event.target.value })}
        />
      </div>
    </details>
  )
}

function useAddCredential(onAdded: () => void) {
  const client = useQueryClient()
  const notify = useNotify()
  return useMutation({
    mutationFn: (body: CreateCredential) => api.createCredential(body),
    onSuccess: async ({ id, label }) => {
      await client.invalidateQueries(credentialsQuery)
      notify("good", `The credential “${label}” is stored.`)
      onAdded()
      void client.prefetchQuery(credentialTestQuery(id))
    },
  })
}

const shownFields = [
  "provider",
  "label",
  "secret",
  "base_url",
  "options.organization",
  "options.project",
  "options.api_version",
]

function fieldError(error: Error | null, field: string): string | undefined {
  return error instanceof ApiError ? error.details.find((detail) => detail.field === field)?.message : undefined
}

/** True when every complaint stands beside its field already. */
function hasShownField(error: Error): boolean {
  if (!(error instanceof ApiError) || error.details.length === 0) return false
  return error.details.every(({ field }) => shownFields.includes(field))
}
