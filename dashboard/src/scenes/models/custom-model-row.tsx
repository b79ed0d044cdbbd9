import type { CredentialBody } from "@sluice/protocol/api/credentials"
import type { CustomModelBody } from "@sluice/protocol/api/custom-models"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { CircleAlert, CircleCheck, Pencil, Trash2 } from "lucide-react"
import { useState } from "react"
import { api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Confirm } from "../../components/confirm.tsx"
import { messageOf } from "../../components/failure.tsx"
import { useNotify } from "../../components/toasts.tsx"
import { formatDuration } from "../../format/duration.ts"
import { useMay } from "../../hooks/use-me.ts"
import { CustomModelForm } from "./custom-model-form.tsx"
import { ModelPrice } from "./model-price.tsx"
import { customModelsQuery, customModelTestQuery } from "./models-queries.ts"

interface CustomModelRowProps {
  readonly model: CustomModelBody
  readonly credentials: readonly CredentialBody[]
}

/** One custom model: where it goes, what it costs, its test, its form and its end. */
export function CustomModelRow({ model, credentials }: CustomModelRowProps) {
  const [isEditing, setIsEditing] = useState(false)
  const test = useQuery(customModelTestQuery(model.id))
  const mayTest = useMay("custom-model:test")
  const mayWrite = useMay("custom-model:write")
  return (
    <li className="border-line border-t px-4 py-2.5 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <div className="min-w-0 flex-1 basis-60">
          <p className="truncate font-medium">{model.name}</p>
          <p className="truncate text-ink-mute text-xs">
            {model.upstream_model} · {model.provider} · {serverOf(model, credentials)}
          </p>
          {model.description && <p className="text-ink-soft text-xs [overflow-wrap:anywhere]">{model.description}</p>}
          <ModelPrice price={model.price} contextWindow={model.context_window} />
        </div>
        {mayTest && (
          <Button size="small" disabled={test.isFetching} onClick={() => void test.refetch()}>
            {test.isFetching ? "Testing…" : "Test"}
          </Button>
        )}
        {mayWrite && (
          <>
            <Button look="quiet" size="icon-small" label={`Edit ${model.name}`} onClick={() => setIsEditing(true)}>
              <Pencil aria-hidden />
            </Button>
            <DeleteModel model={model} />
          </>
        )}
      </div>
      <div role="status">
        {test.error && <p className="mt-2 text-bad">The test could not be made. {messageOf(test.error)}</p>}
        {test.data && <Answer result={test.data} />}
      </div>
      {isEditing && <CustomModelForm model={model} onClose={() => setIsEditing(false)} onSaved={() => undefined} />}
    </li>
  )
}

function serverOf(model: CustomModelBody, credentials: readonly CredentialBody[]): string {
  if (model.base_url !== null) return `${model.base_url}, without a key`
  if (model.credential_id === null) return "the project's usual credential"
  return credentials.find(({ id }) => id === model.credential_id)?.label ?? "its credential is gone"
}

function Answer({ result }: { readonly result: Awaited<ReturnType<typeof api.testCustomModel>> }) {
  const Icon = result.ok ? CircleCheck : CircleAlert
  return (
    <p className="mt-2 flex gap-2">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${result.ok ? "text-good" : "text-bad"}`} />
      <span className="min-w-0 [overflow-wrap:anywhere]">
        <span className="font-medium">{result.ok ? "Works" : "Does not work"}</span>
        <span className="figures text-ink-mute">
          {" "}
          · {result.status === null ? "not reached" : `status ${result.status}`} · {formatDuration(result.latency_ms)}
        </span>
        <span className="text-ink-soft">
          {" "}
          · {result.message}
          {result.model_answered && ` It calls itself ${result.model_answered}.`}
        </span>
      </span>
    </p>
  )
}

function DeleteModel({ model }: { readonly model: CustomModelBody }) {
  const [isAsking, setIsAsking] = useState(false)
  const client = useQueryClient()
  const notify = useNotify()
  const deleting = useMutation({
    mutationFn: () => api.deleteCustomModel(model),
    onSuccess: async () => {
      await client.invalidateQueries(customModelsQuery)
      notify("good", `The model “${model.name}” is deleted.`)
    },
    onError: async (error) => {
      notify("bad", `The model was not deleted. ${messageOf(error)}`)
      await client.invalidateQueries(customModelsQuery)
    },
    onSettled: () => setIsAsking(false),
  })
  return (
    <>
      <Button look="quiet" size="icon-small" label={`Delete ${model.name}`} onClick={() => setIsAsking(true)}>
        <Trash2 aria-hidden />
      </Button>
      <Confirm
        isOpen={isAsking}
        title={`Delete “${model.name}”?`}
        action="Delete model"
        isBusy={deleting.isPending}
        onConfirm={() => deleting.mutate()}
        onClose={() => setIsAsking(false)}
      >
        Applications that ask for it fail from the next second on. Its requests and their costs stay.
      </Confirm>
    </>
  )
}
