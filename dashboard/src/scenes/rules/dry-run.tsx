import type { EvaluateRoutingRules, EvaluationBody, RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { useMutation } from "@tanstack/react-query"
import { CircleCheck, CircleSlash } from "lucide-react"
import { type FormEvent, useState } from "react"
import { api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Failure } from "../../components/failure.tsx"
import { InputField } from "../../components/field.tsx"
import { toMetadata } from "./rule-draft.ts"

const fields = [
  { name: "model", label: "Model", placeholder: "gpt-4o" },
  { name: "feature", label: "Feature", placeholder: "checkout" },
  { name: "task", label: "Task", placeholder: "classification" },
  { name: "environment", label: "Environment", placeholder: "production" },
  { name: "session", label: "Session", placeholder: "" },
  { name: "metadata", label: "Metadata", placeholder: "tier=gold" },
  { name: "prompt_bytes", label: "Prompt (bytes)", placeholder: "" },
] as const

type Description = Readonly<Record<(typeof fields)[number]["name"], string>> & {
  readonly streaming: boolean
  readonly hasTools: boolean
}

const blank: Description = {
  model: "",
  feature: "",
  task: "",
  environment: "production",
  session: "",
  metadata: "",
  prompt_bytes: "",
  streaming: false,
  hasTools: false,
}

/** A place to describe a request and see what the rules would do with it. Nothing is sent to any provider. */
export function DryRun({ rules }: { readonly rules: readonly RoutingRuleBody[] }) {
  const [described, setDescribed] = useState(blank)
  const asking = useMutation({ mutationFn: (body: Partial<EvaluateRoutingRules>) => api.evaluateRoutingRules(body) })
  const set = (change: Partial<Description>) => setDescribed((now) => ({ ...now, ...change }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    asking.mutate(toEvaluate(described))
  }
  return (
    <section aria-labelledby="dry-run" className="grid gap-3 rounded-lg border border-line bg-surface p-4">
      <div>
        <h2 id="dry-run" className="font-semibold">
          Dry run
        </h2>
        <p className="text-ink-mute">Describe a request to see where it would go, and why. Nothing is sent.</p>
      </div>
      <form noValidate onSubmit={submit} className="grid grid-cols-3 gap-3 max-md:grid-cols-1">
        {fields.map(({ name, label, placeholder }) => (
          <InputField
            key={name}
            label={label}
            placeholder={placeholder}
            autoComplete="off"
            spellCheck={false}
            value={described[name]}
            onChange={(event) => set({ [name]: event.target.value })}
          />
        ))}
        <div className="flex items-end gap-4 pb-1.5">
          <Tick label="Streaming" isOn={described.streaming} onChange={(streaming) => set({ streaming })} />
          <Tick label="Tools" isOn={described.hasTools} onChange={(hasTools) => set({ hasTools })} />
        </div>
        <div className="flex items-end">
          <Button type="submit" disabled={asking.isPending}>
            {asking.isPending ? "Trying…" : "Try it"}
          </Button>
        </div>
      </form>
      {asking.error && <Failure title="The rules could not be tried" error={asking.error} />}
      {asking.data && <Verdict evaluation={asking.data} rules={rules} />}
    </section>
  )
}

function toEvaluate(described: Description): Partial<EvaluateRoutingRules> {
  const { metadata, prompt_bytes: bytes, streaming, hasTools, ...texts } = described
  const set = Object.entries(texts).filter(([, value]) => value.trim() !== "")
  return {
    ...Object.fromEntries(set.map(([name, value]) => [name, value.trim()])),
    ...(metadata.trim() ? { metadata: toMetadata(metadata) } : {}),
    ...(bytes.trim() ? { prompt_bytes: Number(bytes) } : {}),
    streaming,
    has_tools: hasTools,
  }
}

interface TickProps {
  readonly label: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}

function Tick({ label, isOn, onChange }: TickProps) {
  return (
    <label className="flex items-center gap-1.5">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  )
}

interface VerdictProps {
  readonly evaluation: EvaluationBody
  readonly rules: readonly RoutingRuleBody[]
}

function Verdict({ evaluation, rules }: VerdictProps) {
  const nameOf = (id: string) => rules.find((rule) => rule.id === id)?.name ?? id
  const where = [evaluation.provider ?? "a provider that the description does not tell", evaluation.model]
  return (
    <div role="status" className="grid gap-2 border-line border-t pt-3">
      <p>
        {evaluation.rule_id ? (
          <>
            <span className="font-medium">{nameOf(evaluation.rule_id)}</span> sends it to{" "}
          </>
        ) : (
          "No rule applies; it goes to "
        )}
        <span className="font-medium">{where.filter(Boolean).join(" · ")}</span>.
      </p>
      <ol aria-label="What each rule says" className="grid gap-1">
        {evaluation.considered.map(({ rule_id: id, matched, reason }) => (
          <li key={id} className="flex gap-2">
            {matched ? (
              <CircleCheck role="img" aria-label="matches" className="mt-0.5 size-4 shrink-0 text-good" />
            ) : (
              <CircleSlash role="img" aria-label="does not match" className="mt-0.5 size-4 shrink-0 text-ink-mute" />
            )}
            <span className="min-w-0 [overflow-wrap:anywhere]">
              {nameOf(id)}: <span className="text-ink-mute">{reason}</span>
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}
