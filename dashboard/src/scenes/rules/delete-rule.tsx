import type { RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { Trash2 } from "lucide-react"
import { useState } from "react"
import { api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Confirm } from "../../components/confirm.tsx"
import { useRuleChange } from "./use-rules.ts"

/** Deletes a rule, after asking. */
export function DeleteRule({ rule }: { readonly rule: RoutingRuleBody }) {
  const [isAsking, setIsAsking] = useState(false)
  const deleting = useRuleChange<RoutingRuleBody>({
    change: (gone) => api.deleteRoutingRule(gone),
    show: (rules, gone) => rules.filter(({ id }) => id !== gone.id),
    failure: (kept) => `“${kept.name}” was not deleted.`,
  })
  return (
    <>
      <Button look="quiet" size="icon-small" label={`Delete ${rule.name}`} onClick={() => setIsAsking(true)}>
        <Trash2 aria-hidden />
      </Button>
      <Confirm
        isOpen={isAsking}
        title={`Delete “${rule.name}”?`}
        action="Delete rule"
        isBusy={deleting.isPending}
        onConfirm={() => {
          setIsAsking(false)
          deleting.mutate(rule)
        }}
        onClose={() => setIsAsking(false)}
      >
        Requests it would have caught go to the next rule that matches, or where they asked to go, within a second. To
        keep it for later, turn it off instead.
      </Confirm>
    </>
  )
}
