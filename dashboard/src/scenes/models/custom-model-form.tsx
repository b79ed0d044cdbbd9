import type { CustomModelBody } from "@sluice/protocol/api/custom-models"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, useState } from "react"
import { ApiError, api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Dialog } from "../../components/dialog.tsx"
import { Failure } from "../../components/failure.tsx"
import { useNotify } from "../../components/toasts.tsx"
import { type CustomModelDraft, toCreate, toDraft, toUpdate } from "./custom-model-draft.ts"
import { CustomModelFields } from "./custom-model-fields.tsx"
import { customModelsQuery, customModelTestQuery } from "./models-queries.ts"

interface CustomModelFormProps {
  /** Null: a new one. */
  readonly model: CustomModelBody | null
  readonly onClose: () => void
  readonly onSaved: () => void
}

/**
 * Adds or changes a custom model, then tests it at once, so that a wrong name shows here and not in the application. What
 * somebody else changed meanwhile is never overwritten: it can be loaded in the place of what was typed.
 */
export function CustomModelForm({ model, onClose, onSaved }: CustomModelFormProps) {
  const [base, setBase] = useState(model)
  const [draft, setDraft] = useState(() => toDraft(model))
  const saving = useSave(base, () => {
    onSaved()
    onClose()
  })
  const reloading = useReload(base, (fresh) => {
    saving.reset()
    if (fresh === null) return onClose()
    setBase(fresh)
    setDraft(toDraft(fresh))
  })
  const title = base ? `Edit ${base.name}` : "Add a model"
  const submit = (event: FormEvent) => {
    event.preventDefault()
    saving.mutate(draft)
  }
  return (
    <Dialog isOpen onClose={onClose} label={title} className="max-w-md">
      <form noValidate onSubmit={submit} className="grid gap-4 p-5">
        <h2 className="font-semibold">{title}</h2>
        <CustomModelFields
          draft={draft}
          set={(change) => setDraft((now) => ({ ...now, ...change }))}
          errorOf={(field) => fieldError(saving.error, field)}
          isNew={base === null}
        />
        {isOutdated(saving.error) ? (
          <Failure
            title="Somebody changed it meanwhile"
            error={reloading.error ?? new Error("Nothing was saved. Load it as it is now, and change that.")}
            retryLabel={reloading.isPending ? "Loading…" : "Load"}
            onRetry={() => reloading.mutate()}
          />
        ) : (
          saving.error &&
          !hasShownField(saving.error) && <Failure title="The model was not saved" error={saving.error} />
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={saving.isPending}>
            {saving.isPending ? "Saving…" : "Save and test"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const isOutdated = (error: Error | null): boolean => error instanceof ApiError && error.code === "precondition_failed"

/** Reads the models again, for everyone on the page. Null: it is gone. */
function useReload(base: CustomModelBody | null, onLoaded: (fresh: CustomModelBody | null) => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => client.fetchQuery({ ...customModelsQuery, staleTime: 0 }),
    onSuccess: ({ data }) => onLoaded(data.find(({ id }) => id === base?.id) ?? null),
  })
}

function useSave(model: CustomModelBody | null, onSaved: () => void) {
  const client = useQueryClient()
  const notify = useNotify()
  return useMutation({
    mutationFn: (draft: CustomModelDraft) =>
      model ? api.updateCustomModel(model, toUpdate(draft)) : api.createCustomModel(toCreate(draft)),
    onSuccess: async ({ id, name }) => {
      await client.invalidateQueries(customModelsQuery)
      notify("good", `The model “${name}” is saved.`)
      onSaved()
      void client.fetchQuery({ ...customModelTestQuery(id), staleTime: 0 }).catch(() => undefined)
    },
  })
}

const shownFields = [
  "name",
  "provider",
  "credential_id",
  "base_url",
  "upstream_model",
  "price.input_per_million_usd",
  "price.output_per_million_usd",
  "price.cache_read_per_million_usd",
  "price.cache_write_per_million_usd",
  "context_window",
  "description",
]

function fieldError(error: Error | null, field: string): string | undefined {
  return error instanceof ApiError ? error.details.find((detail) => detail.field === field)?.message : undefined
}

/** True when every complaint stands beside its field already. */
function hasShownField(error: Error): boolean {
  if (!(error instanceof ApiError) || error.details.length === 0) return false
  return error.details.every(({ field }) => shownFields.includes(field))
}
