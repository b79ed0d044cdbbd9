import type { RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { useQuery } from "@tanstack/react-query"
import { Plus, Split } from "lucide-react"
import { useState } from "react"
import { Button } from "../../components/button.tsx"
import { EmptyState } from "../../components/empty-state.tsx"
import { Failure } from "../../components/failure.tsx"
import { PageHeader } from "../../components/page-header.tsx"
import { SkeletonRows } from "../../components/skeleton.tsx"
import { useMay } from "../../hooks/use-me.ts"
import { DryRun } from "./dry-run.tsx"
import { RoutedShare } from "./routed-share.tsx"
import { RuleForm } from "./rule-form.tsx"
import { RuleList } from "./rule-list.tsx"
import { rulesQuery } from "./use-rules.ts"

/** Rules that change where requests go: their order, what they catch, and a place to try them. */
export function Rules() {
  const { data, error, refetch } = useQuery(rulesQuery)
  const [editing, setEditing] = useState<RoutingRuleBody | "new" | null>(null)
  const mayWrite = useMay("routing-rule:write")
  const rules = data?.data
  return (
    <div className="mx-auto grid max-w-4xl gap-5 px-6 py-8 max-md:px-4 max-md:py-5">
      <PageHeader
        title="Rules"
        actions={
          mayWrite && (
            <Button look="primary" onClick={() => setEditing("new")}>
              <Plus aria-hidden /> New rule
            </Button>
          )
        }
      >
        A rule sends matching requests to another model or provider. The first one that matches, from the top, decides.
      </PageHeader>
      {rules ? (
        rules.length === 0 ? (
          <NoRules />
        ) : (
          <>
            <RoutedShare />
            <RuleList rules={rules} onEdit={mayWrite ? setEditing : null} />
            <DryRun rules={rules} />
          </>
        )
      ) : error ? (
        <Failure title="The rules could not be loaded" error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows rows={6} />
      )}
      {editing && <RuleForm rule={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
    </div>
  )
}

function NoRules() {
  return (
    <EmptyState icon={Split} title="No rules: every request goes where it asked to go">
      <p>
        With a rule, requests of one feature can use a cheaper model, a tenth of the traffic can try a new one, or large
        prompts can go elsewhere, without a change in any application.
      </p>
      <p className="mt-2">
        For example: when the feature is <code className="font-mono text-xs">classify-*</code> and the model{" "}
        <code className="font-mono text-xs">gpt-4o</code>, use <code className="font-mono text-xs">gpt-4o-mini</code>. A
        rule that cannot be followed is skipped, and the request says so; none is ever refused for it.
      </p>
    </EmptyState>
  )
}
