import type { ApiKeyBody } from "@sluice/protocol/api/api-keys"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { Pencil } from "lucide-react"
import { type FormEvent, useState } from "react"
import { ApiError, api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Dialog } from "../../components/dialog.tsx"
import { Failure } from "../../components/failure.tsx"
import { InputField } from "../../components/field.tsx"
import { useNotify } from "../../components/toasts.tsx"
import { useMay } from "../../hooks/use-me.ts"
import { LimitFields } from "./limit-fields.tsx"
import { findMistakes, toKeyChange, toLimits, toLimitsDraft } from "./limits-draft.ts"

/** A key's name and limits, to be changed. */
export function EditKey({ apiKey }: { readonly apiKey: ApiKeyBody }) {
  const [isOpen, setIsOpen] = useState(false)
  if (!useMay("api-key:write")) return null
  return (
    <>
      <Button look="quiet" size="icon-small" label={`Change ${apiKey.name}`} onClick={() => setIsOpen(true)}>
        <Pencil aria-hidden />
      </Button>
      {isOpen && <EditForm apiKey={apiKey} onClose={() => setIsOpen(false)} />}
    </>
  )
}

function EditForm({ apiKey, onClose }: { readonly apiKey: ApiKeyBody; readonly onClose: () => void }) {
  const [name, setName] = useState(apiKey.name)
  const [draft, setDraft] = useState(() => toLimitsDraft(apiKey.limits))
  const client = useQueryClient()
  const notify = useNotify()
  const saving = useMutation({
    // Only what was changed here: the rest may have been changed elsewhere since the list was read.
    mutationFn: () => api.updateApiKey(apiKey.id, toKeyChange(apiKey, { name, limits: toLimits(draft) })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["api-keys"] })
      notify("good", `The key “${name}” is changed, everywhere within a second.`)
      onClose()
    },
  })
  const error = saving.error instanceof ApiError ? saving.error : null
  const nameError = error?.details.find(({ field }) => field === "name")?.message
  const isMistaken = Object.keys(findMistakes(draft)).length > 0
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isMistaken) saving.mutate()
  }
  return (
    <Dialog isOpen onClose={onClose} label={`Change ${apiKey.name}`} className="max-w-md">
      <form noValidate onSubmit={submit} className="grid gap-4 p-5">
        <h2 className="font-semibold">Change “{apiKey.name}”</h2>
        <InputField
          label="Name"
          autoFocus
          maxLength={100}
          value={name}
          error={nameError}
          onChange={(event) => setName(event.target.value)}
        />
        <LimitFields
          draft={draft}
          hint="Empty: no limit of its own. Those of the organization hold beside them."
          onChange={setDraft}
        />
        {error && !nameError && <Failure title="The key was not changed" error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={saving.isPending || isMistaken}>
            {saving.isPending ? "Saving…" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
