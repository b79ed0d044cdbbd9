import { useId } from "react"
import { controlColours, controlShape, InputField, SelectField } from "../../components/field.tsx"
import type { RuleDraft } from "./rule-draft.ts"

interface ConditionFieldsProps {
  readonly draft: RuleDraft
  readonly set: (change: Partial<RuleDraft>) => void
  readonly errorOf: (field: string) => string | undefined
}

const texts = [
  { name: "feature", label: "Feature", placeholder: "classify-*" },
  { name: "task", label: "Task", placeholder: "classification" },
  { name: "model", label: "Model", placeholder: "gpt-4o" },
  { name: "provider", label: "Provider", placeholder: "openai" },
  { name: "environment", label: "Environment of the key", placeholder: "production" },
] as const

/** When the rule applies: what is left empty holds for any request. */
export function ConditionFields({ draft, set, errorOf }: ConditionFieldsProps) {
  return (
    <fieldset className="grid grid-cols-2 gap-x-4 gap-y-3 max-md:grid-cols-1">
      <legend className="mb-2 font-medium text-ink-soft">
        When all of this holds
        <span className="block font-normal text-ink-mute text-xs">
          An empty field holds for any request. * stands for any characters.
        </span>
      </legend>
      {texts.map(({ name, label, placeholder }) => (
        <InputField
          key={name}
          label={label}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
          maxLength={256}
          value={draft[name]}
          error={errorOf(`match.${name}`)}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      ))}
      <MetadataField draft={draft} set={set} errorOf={errorOf} />
      <InputField
        label="Prompt from (bytes)"
        inputMode="numeric"
        value={draft.minBytes}
        error={errorOf("match.prompt_bytes")}
        onChange={(event) => set({ minBytes: event.target.value })}
      />
      <InputField
        label="Prompt up to (bytes)"
        inputMode="numeric"
        value={draft.maxBytes}
        onChange={(event) => set({ maxBytes: event.target.value })}
      />
      <Choice label="Streaming" value={draft.streaming} onChange={(streaming) => set({ streaming })} />
      <Choice label="Offers tools" value={draft.hasTools} onChange={(hasTools) => set({ hasTools })} />
    </fieldset>
  )
}

function MetadataField({ draft, set, errorOf }: ConditionFieldsProps) {
  const id = useId()
  const error = errorOf("match.metadata")
  return (
    <div className="grid content-start gap-1">
      <label htmlFor={id} className="font-medium">
        Metadata
      </label>
      <textarea
        id={id}
        rows={2}
        spellCheck={false}
        placeholder="tier=gold"
        aria-describedby={`${id}-note`}
        aria-invalid={error ? true : undefined}
        value={draft.metadata}
        onChange={(event) => set({ metadata: event.target.value })}
        className={`${controlShape} ${controlColours} h-auto w-full py-1`}
      />
      <p id={`${id}-note`} className={error ? "text-bad text-xs" : "text-ink-mute text-xs"}>
        {error ?? "key=value, one a line; a key alone takes any value."}
      </p>
    </div>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: RuleDraft["streaming"]
  readonly onChange: (value: RuleDraft["streaming"]) => void
}

function Choice({ label, value, onChange }: ChoiceProps) {
  return (
    <SelectField
      label={label}
      value={value}
      onChange={(event) => onChange(event.target.value as RuleDraft["streaming"])}
    >
      <option value="">any</option>
      <option value="yes">yes</option>
      <option value="no">no</option>
    </SelectField>
  )
}
