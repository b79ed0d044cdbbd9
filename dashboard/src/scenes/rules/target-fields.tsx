import { providerNames } from "@sluice/protocol/providers"
import { Plus, X } from "lucide-react"
import { Button } from "../../components/button.tsx"
import { InputField, SelectField } from "../../components/field.tsx"
import { emptyTarget, type TargetDraft } from "./rule-draft.ts"

interface TargetFieldsProps {
  readonly targets: readonly TargetDraft[]
  readonly onChange: (targets: readonly TargetDraft[]) => void
  readonly errorOf: (field: string) => string | undefined
}

const maxTargets = 10

/** Where matching requests go: one target, or several that share them by weight. */
export function TargetFields({ targets, onChange, errorOf }: TargetFieldsProps) {
  const change = (at: number, part: Partial<TargetDraft>) =>
    onChange(targets.map((target, index) => (index === at ? { ...target, ...part } : target)))
  const error = errorOf("action")
  const isSplit = targets.length > 1
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-2 font-medium text-ink-soft">
        Send it to
        <span className="block font-normal text-ink-mute text-xs">
          {isSplit
            ? "Weights share the requests; a session, else a user, always stays at one target."
            : "Without a provider it goes to the one that serves the model; without a model it keeps its own."}
        </span>
      </legend>
      {targets.map((target, index) => (
        <div key={target.key} className="flex items-end gap-2 max-md:flex-wrap">
          {isSplit && (
            <div className="w-20 shrink-0">
              <InputField
                label="Weight"
                aria-label={`Weight of target ${index + 1}`}
                inputMode="numeric"
                value={target.weight}
                onChange={(event) => change(index, { weight: event.target.value })}
              />
            </div>
          )}
          <div className="w-40 shrink-0">
            <ProviderField index={index} value={target.provider} onChange={(provider) => change(index, { provider })} />
          </div>
          <div className="min-w-40 flex-1">
            <InputField
              label="Model"
              aria-label={`Model of target ${index + 1}`}
              placeholder="gpt-4o-mini"
              autoComplete="off"
              spellCheck={false}
              maxLength={256}
              value={target.model}
              onChange={(event) => change(index, { model: event.target.value })}
            />
          </div>
          {isSplit && (
            <Button
              look="quiet"
              size="icon"
              label={`Remove target ${index + 1}`}
              onClick={() => onChange(targets.filter((_, other) => other !== index))}
            >
              <X aria-hidden />
            </Button>
          )}
        </div>
      ))}
      {error && (
        <p role="alert" className="text-bad text-xs">
          {error}
        </p>
      )}
      {targets.length < maxTargets && (
        <Button size="small" className="justify-self-start" onClick={() => onChange([...targets, another(targets)])}>
          <Plus aria-hidden /> {isSplit ? "Another target" : "Split between targets"}
        </Button>
      )}
    </fieldset>
  )
}

interface ProviderFieldProps {
  readonly index: number
  readonly value: string
  readonly onChange: (provider: string) => void
}

function ProviderField({ index, value, onChange }: ProviderFieldProps) {
  return (
    <SelectField
      label="Provider"
      aria-label={`Provider of target ${index + 1}`}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">as the model says</option>
      {providerNames.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </SelectField>
  )
}

const another = (targets: readonly TargetDraft[]): TargetDraft => ({
  ...emptyTarget,
  key: Math.max(...targets.map(({ key }) => key)) + 1,
})
