import type { RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useSearch } from "@tanstack/react-router"
import { api } from "../../api.ts"
import { useMay } from "../../hooks/use-me.ts"
import { RuleRow } from "./rule-row.tsx"
import { noteVersions, replayQuery, rulesQuery, useRuleChange } from "./use-rules.ts"

interface RuleListProps {
  readonly rules: readonly RoutingRuleBody[]
  /** Null when the reader may not change any. */
  readonly onEdit: ((rule: RoutingRuleBody) => void) | null
}

/** The rules in the order in which they are tried. Moved by buttons, or with Alt and an arrow key. */
export function RuleList({ rules, onEdit }: RuleListProps) {
  const { rule: pointedAt } = useSearch({ from: "/rules" })
  const mayReplay = useMay("routing-rule:replay")
  const { data: replay } = useQuery({ ...replayQuery, enabled: mayReplay })
  const client = useQueryClient()
  const moving = useRuleChange<readonly RoutingRuleBody[]>({
    change: async (order) => {
      const { data } = await api.reorderRoutingRules(order.map(({ id }) => id))
      noteVersions(client, data)
    },
    show: (_shown, order) => order,
    failure: () => "The order was not changed.",
  })
  const move = (rule: RoutingRuleBody, by: number) => {
    // Of two quick moves, the second comes before the first is on the page; the cache knows of it.
    const current = client.getQueryData(rulesQuery.queryKey)?.data ?? rules
    const to = current.findIndex(({ id }) => id === rule.id) + by
    if (to < 0 || to >= current.length) return
    moving.mutate(moved(current, rule.id, by))
    requestAnimationFrame(() => document.getElementById(`move-${by < 0 ? "up" : "down"}-${rule.id}`)?.focus())
  }
  return (
    <ol aria-label="Rules in order" className="overflow-hidden rounded-lg border border-line bg-surface">
      {rules.map((rule, index) => (
        <RuleRow
          key={rule.id}
          rule={rule}
          place={{ number: index + 1, isFirst: index === 0, isLast: index === rules.length - 1 }}
          isPointedAt={rule.id === pointedAt}
          replay={replay?.rules.find(({ rule_id: id }) => id === rule.id) ?? null}
          replayed={replay?.requests ?? 0}
          onMove={onEdit && move}
          onEdit={onEdit}
        />
      ))}
    </ol>
  )
}

function moved(rules: readonly RoutingRuleBody[], id: string, by: number): readonly RoutingRuleBody[] {
  const from = rules.findIndex((rule) => rule.id === id)
  const list = [...rules]
  const [rule] = list.splice(from, 1)
  if (rule) list.splice(from + by, 0, rule)
  return list
}
