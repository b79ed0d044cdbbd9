import type { RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { useQueryClient } from "@tanstack/react-query"
import { api } from "../../api.ts"
import { classNames } from "../../components/class-names.ts"
import { currentRule, useRuleChange } from "./use-rules.ts"

/** Turns a rule on and off at once; back again, with the reason, when the server refuses. */
export function RuleSwitch({ rule, mayChange }: { readonly rule: RoutingRuleBody; readonly mayChange: boolean }) {
  const client = useQueryClient()
  const toggling = useRuleChange<boolean>({
    change: (enabled) => api.updateRoutingRule(currentRule(client, rule), { enabled }),
    show: (rules, enabled) => rules.map((other) => (other.id === rule.id ? { ...other, enabled } : other)),
    failure: (enabled) => `“${rule.name}” was not turned ${enabled ? "on" : "off"}.`,
  })
  return (
    <button
      type="button"
      role="switch"
      aria-checked={rule.enabled}
      aria-label={`${rule.name} is enabled`}
      disabled={!mayChange || toggling.isPending}
      onClick={() => toggling.mutate(!rule.enabled)}
      className={classNames(
        "mr-1.5 h-6 w-10 shrink-0 rounded-full border p-0.5 transition-colors disabled:opacity-55",
        rule.enabled ? "border-accent bg-accent" : "border-line-strong bg-sunken",
      )}
    >
      <span
        aria-hidden
        className={classNames(
          "block size-4 rounded-full transition-transform",
          rule.enabled ? "translate-x-4 bg-accent-ink" : "bg-line-strong",
        )}
      />
    </button>
  )
}
