import type { RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, useState } from "react"
import { ApiError, api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Dialog } from "../../components/dialog.tsx"
import { Failure } from "../../components/failure.tsx"
import { InputField } from "../../components/field.tsx"
import { useNotify } from "../../components/toasts.tsx"
import { ConditionFields } from "./condition-fields.tsx"
import { emptyDraft, type RuleDraft, toDraft, toRule, toRuleChange } from "./rule-draft.ts"
import { TargetFields } from "./target-fields.tsx"
import { refreshRules } from "./use-rules.ts"

interface RuleFormProps {
  /** The rule to change; null: a new one. */
  readonly rule: RoutingRuleBody | null
  readonly onClose: () => void
}

/** Makes a rule or changes one. What is wrong stands beside its field, in the server's words. */
export function RuleForm({ rule, onClose }: RuleFormProps) {
  const [draft, setDraft] = useState<RuleDraft>(rule ? toDraft(rule) : emptyDraft)
  const saving = useSaveRule(rule, onClose)
  const set = (change: Partial<RuleDraft>) => setDraft((now) => ({ ...now, ...change }))
  const errorOf = (field: string) => fieldError(saving.error, field)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    saving.mutate(draft)
  }
  const title = rule ? `Change “${rule.name}”` : "New rule"
  const isShown = saving.error instanceof ApiError && saving.error.details.some(({ field }) => shownFields.test(field))
  return (
    <Dialog isOpen onClose={onClose} label={title} className="max-h-[calc(100vh-2rem)] max-w-2xl overflow-y-auto">
      <form noValidate onSubmit={submit} className="grid gap-5 p-5">
        <h2 className="font-semibold [overflow-wrap:anywhere]">{title}</h2>
        <InputField
          label="Name"
          autoFocus
          maxLength={100}
          placeholder="Cheaper model for classification"
          value={draft.name}
          error={errorOf("name")}
          onChange={(event) => set({ name: event.target.value })}
        />
        <ConditionFields draft={draft} set={set} errorOf={errorOf} />
        <TargetFields targets={draft.targets} onChange={(targets) => set({ targets })} errorOf={errorOf} />
        {saving.error && !isShown && <Failure title="The rule was not saved" error={saving.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={saving.isPending}>
            {saving.isPending ? "Saving…" : rule ? "Save" : "Make the rule"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** Fields that show their own mistakes. */
const shownFields = /^(name|match\.(feature|task|provider|model|environment|metadata|prompt_bytes)|action)/

function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  return error.details.find((detail) => detail.field === field || detail.field.startsWith(`${field}.`))?.message
}

function useSaveRule(rule: RoutingRuleBody | null, onClose: () => void) {
  const client = useQueryClient()
  const notify = useNotify()
  return useMutation({
    mutationFn: (draft: RuleDraft) =>
      rule ? api.updateRoutingRule(rule, toRuleChange(rule, draft)) : api.createRoutingRule(toRule(draft)),
    onSuccess: async (saved) => {
      await refreshRules(client)
      notify("good", `“${saved.name}” holds from now on${saved.enabled ? "" : ", once it is turned on"}.`)
      onClose()
    },
  })
}
