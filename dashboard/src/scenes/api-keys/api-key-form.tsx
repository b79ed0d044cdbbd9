import { type FormEvent, useState } from "react"
import { Button } from "../../components/button.tsx"
import { Dialog } from "../../components/dialog.tsx"
import { Failure } from "../../components/failure.tsx"
import { InputField } from "../../components/field.tsx"
import { useFreshKey } from "../../hooks/use-fresh-key.ts"
import { LimitFields } from "./limit-fields.tsx"
import { findMistakes, toLimits, toLimitsDraft } from "./limits-draft.ts"

/** Makes a key for one application. */
export function ApiKeyForm({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("")
  const [draft, setDraft] = useState(() => toLimitsDraft(null))
  const isMistaken = Object.keys(findMistakes(draft)).length > 0
  const { mint, isMinting, error } = useFreshKey({ onMinted: onClose })
  const nameError = error?.details.find(({ field }) => field === "name")?.message
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isMistaken) mint(name, toLimits(draft))
  }
  return (
    <Dialog isOpen onClose={onClose} label="New API key" className="max-w-md">
      <form noValidate onSubmit={submit} className="grid gap-4 p-5">
        <h2 className="font-semibold">New API key</h2>
        <InputField
          label="Name"
          autoFocus
          maxLength={100}
          placeholder="support-bot"
          hint="Usually the application that will use it. It may send LLM traffic and nothing else."
          value={name}
          error={nameError}
          onChange={(event) => setName(event.target.value)}
        />
        <LimitFields
          draft={draft}
          hint="Empty: no limit of its own. Those of the organization hold beside them."
          onChange={setDraft}
        />
        {error && !nameError && <Failure title="The key was not made" error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isMinting || isMistaken}>
            {isMinting ? "Making…" : "Make the key"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
