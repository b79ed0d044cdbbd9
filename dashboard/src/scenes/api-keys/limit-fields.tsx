import { InputField } from "../../components/field.tsx"
import { findMistakes, type LimitsDraft, limitNames } from "./limits-draft.ts"

/** What a key, or all keys together, may use at most; each may stay empty. `hint` says what that means. */
export function LimitFields({
  draft,
  hint,
  onChange,
}: {
  readonly draft: LimitsDraft
  readonly hint: string
  readonly onChange: (draft: LimitsDraft) => void
}) {
  const mistakes = findMistakes(draft)
  return (
    <fieldset className="grid gap-3">
      <legend className="font-medium">Limits</legend>
      <p className="text-ink-mute text-xs">{hint}</p>
      <div className="grid grid-cols-2 gap-3">
        {limitNames.map(({ name, label }) => (
          <InputField
            key={name}
            label={label}
            inputMode="numeric"
            placeholder="No limit"
            value={draft[name]}
            error={mistakes[name]}
            onChange={(event) => onChange({ ...draft, [name]: event.target.value })}
          />
        ))}
      </div>
    </fieldset>
  )
}
