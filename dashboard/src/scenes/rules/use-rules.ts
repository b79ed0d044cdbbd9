import type { Page } from "@sluice/protocol/api/common"
import type { RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { api } from "../../api.ts"
import { messageOf } from "../../components/failure.tsx"
import { useNotify } from "../../components/toasts.tsx"

/** Every rule of the project, in order: there are a hundred at most. */
export const rulesQuery = queryOptions({
  queryKey: ["routing-rules"],
  queryFn: ({ signal }) => api.listRoutingRules(signal),
})

/** Requests that the page's figures are of. */
export const replayedRequests = 500

/** What the rules would do with the newest requests, those that are not enabled as if they were. */
export const replayQuery = queryOptions({
  queryKey: ["routing-replay"],
  queryFn: ({ signal }) => api.replayRoutingRules({ limit: replayedRequests, include_disabled: true }, signal),
})

const ruleChanges = ["routing-rules", "change"]

/**
 * A change shows at once; when the server refuses it, the list is again as it was and the reason is told. Changes that
 * come while an earlier one is under way wait for it, and the list is read again after the last of them: it must not
 * jump back to what an earlier one made.
 */
export function useRuleChange<Input>(options: {
  readonly change: (input: Input) => Promise<unknown>
  readonly show: (rules: readonly RoutingRuleBody[], input: Input) => readonly RoutingRuleBody[]
  /** What did not happen, e.g. `The rule was not deleted.` */
  readonly failure: (input: Input) => string
}) {
  const client = useQueryClient()
  const notify = useNotify()
  return useMutation({
    mutationKey: ruleChanges,
    scope: { id: "routing-rules" },
    mutationFn: options.change,
    onMutate: (input: Input) => {
      void client.cancelQueries({ queryKey: rulesQuery.queryKey })
      const before = client.getQueryData<Page<RoutingRuleBody>>(rulesQuery.queryKey)
      if (before) client.setQueryData(rulesQuery.queryKey, { ...before, data: options.show(before.data, input) })
      return before
    },
    onError: (error, input, before) => {
      if (before) client.setQueryData(rulesQuery.queryKey, before)
      notify("bad", `${options.failure(input)} ${messageOf(error)}`)
    },
    onSettled: () => (client.isMutating({ mutationKey: ruleChanges }) > 1 ? null : refreshRules(client)),
  })
}

/** Takes the versions that a change gave to rules, so that the next change is made to what is there and not to what was. */
export function noteVersions(client: QueryClient, changed: readonly RoutingRuleBody[]): void {
  const versions = new Map(changed.map(({ id, version }) => [id, version]))
  client.setQueryData<Page<RoutingRuleBody>>(
    rulesQuery.queryKey,
    (shown) =>
      shown && {
        ...shown,
        data: shown.data.map((rule) => ({ ...rule, version: versions.get(rule.id) ?? rule.version })),
      },
  )
}

/** The rule with the version it has by now. */
export const currentRule = (client: QueryClient, rule: RoutingRuleBody): RoutingRuleBody =>
  client.getQueryData(rulesQuery.queryKey)?.data.find(({ id }) => id === rule.id) ?? rule

/** Reads again what a change of a rule changes. */
export async function refreshRules(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: rulesQuery.queryKey }),
    client.invalidateQueries({ queryKey: replayQuery.queryKey }),
  ])
}
