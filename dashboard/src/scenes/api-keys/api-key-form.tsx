import { type FormEvent, useState } from "react"
import { Button } from "../../components/button.tsx"
import { Dialog } from "../../components/dialog.tsx"
import { Failure } from "../../components/failure.tsx"
import { InputField } from "../../components/field.tsx"
import { useFreshKey } from "../../hooks/use-fresh-key.ts"

/** Makes a key for one application. */
export function ApiKeyForm({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("")
  const { mint, isMinting, error } = useFreshKey({ onMinted: onClose })
  const nameError = error?.details.find(({ field }) => field === "name")?.message
  const submit = (event: FormEvent) => {
    event.preventDefault()
    mint(name)
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
        {error && !nameError && <Failure title="The key was not made" error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isMinting}>
            {isMinting ? "Making…" : "Make the key"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
