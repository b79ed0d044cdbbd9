import type { Limits } from "@sluice/protocol/limits"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, useState } from "react"
import { ApiError, api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Dialog } from "../../components/dialog.tsx"
import { Failure } from "../../components/failure.tsx"
import { useNotify } from "../../components/toasts.tsx"
import { useMay } from "../../hooks/use-me.ts"
import { LimitFields } from "./limit-fields.tsx"
import { describeLimits, findMistakes, toLimits, toLimitsDraft } from "./limits-draft.ts"

const queryKey = ["organization-limits"]

/** What all keys of the organization may use together, in a line above them; a form for whoever may change it. */
export function OrganizationLimits() {
  const [isOpen, setIsOpen] = useState(false)
  const mayWrite = useMay("organization-limits:write")
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.getOrganizationLimits(signal),
    enabled: useMay("organization-limits:read"),
  })
  if (error) {
    return (
      <Failure title="The organization's limits could not be loaded" error={error} onRetry={() => void refetch()} />
    )
  }
  if (!data) return null
  const described = describeLimits(data.body.limits)
  return (
    <section
      aria-labelledby="organization-limits"
      className="flex items-center gap-3 rounded-lg border border-line bg-surface py-2.5 pr-2 pl-4"
    >
      <div className="min-w-0 flex-1">
        <h2 id="organization-limits" className="font-medium">
          Organization limits
        </h2>
        <p className="text-ink-mute text-xs">
          All keys together: {described === "" ? "no limits" : <span className="figures">{described}</span>}
        </p>
      </div>
      {mayWrite && (
        <Button size="small" label="Change the organization's limits" onClick={() => setIsOpen(true)}>
          Change
        </Button>
      )}
      {isOpen && <LimitsForm limits={data.body.limits} tag={data.tag} onClose={() => setIsOpen(false)} />}
    </section>
  )
}

interface LimitsFormProps {
  readonly limits: Limits
  /** Names the limits that the form began with: a change somebody else made meanwhile is not written over. */
  readonly tag: string
  readonly onClose: () => void
}

function LimitsForm({ limits, tag: tagNow, onClose }: LimitsFormProps) {
  const [tag] = useState(tagNow)
  const [draft, setDraft] = useState(() => toLimitsDraft(limits))
  const client = useQueryClient()
  const notify = useNotify()
  const saving = useMutation({
    mutationFn: () => api.changeOrganizationLimits(toLimits(draft), tag),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey })
      notify("good", "The organization's limits are changed, everywhere within a second.")
      onClose()
    },
    onError: () => client.invalidateQueries({ queryKey }),
  })
  const error = saving.error instanceof ApiError ? saving.error : null
  const isMistaken = Object.keys(findMistakes(draft)).length > 0
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isMistaken) saving.mutate()
  }
  return (
    <Dialog isOpen onClose={onClose} label="Change the organization's limits" className="max-w-md">
      <form noValidate onSubmit={submit} className="grid gap-4 p-5">
        <h2 className="font-semibold">Organization limits</h2>
        <LimitFields
          draft={draft}
          hint="For all keys of the organization together, beside those of each key. Empty: no limit."
          onChange={setDraft}
        />
        {error && <Failure title="The limits were not changed" error={error} />}
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
