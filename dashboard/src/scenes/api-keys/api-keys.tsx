import type { ApiKeyBody } from "@sluice/protocol/api/api-keys"
import { useInfiniteQuery } from "@tanstack/react-query"
import { KeyRound, Plus } from "lucide-react"
import { useState } from "react"
import { api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { EmptyState } from "../../components/empty-state.tsx"
import { Failure } from "../../components/failure.tsx"
import { PageHeader } from "../../components/page-header.tsx"
import { SecretOnce } from "../../components/secret-once.tsx"
import { SkeletonRows } from "../../components/skeleton.tsx"
import { useFreshKey } from "../../hooks/use-fresh-key.ts"
import { useMay } from "../../hooks/use-me.ts"
import { ApiKeyForm } from "./api-key-form.tsx"
import { ApiKeyRow } from "./api-key-row.tsx"
import { OrganizationLimits } from "./organization-limits.tsx"

/** The keys that let applications and scripts in. */
export function ApiKeys() {
  const [isAdding, setIsAdding] = useState(false)
  const { freshKey, forget } = useFreshKey()
  const mayWrite = useMay("api-key:write")
  return (
    <div className="mx-auto grid max-w-4xl gap-5 px-6 py-8 max-md:px-4 max-md:py-5">
      <PageHeader
        title="API keys"
        actions={
          mayWrite && (
            <Button look="primary" onClick={() => setIsAdding(true)}>
              <Plus aria-hidden /> New key
            </Button>
          )
        }
      >
        Each application gets a key of its own, so that its traffic can be told apart and stopped alone.
      </PageHeader>
      {freshKey && (
        <div className="grid gap-3 rounded-lg border border-line bg-good-soft p-4">
          <SecretOnce secret={freshKey.key} name={freshKey.name} />
          <Button size="small" className="justify-self-start" onClick={forget}>
            I have copied it
          </Button>
        </div>
      )}
      <OrganizationLimits />
      <KeyList />
      {isAdding && <ApiKeyForm onClose={() => setIsAdding(false)} />}
    </div>
  )
}

function KeyList() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["api-keys"],
    queryFn: ({ pageParam, signal }) => api.listApiKeys(pageParam ? { cursor: pageParam } : {}, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  if (!data) {
    if (!error) return <SkeletonRows rows={6} />
    return <Failure title="The keys could not be loaded" error={error} onRetry={() => void refetch()} />
  }
  const keys: readonly ApiKeyBody[] = data.pages.flatMap((page) => page.data)
  if (keys.length === 0) {
    return (
      <EmptyState icon={KeyRound} title="No keys">
        Without a key no application gets through the gateway. Make one for each application.
      </EmptyState>
    )
  }
  return (
    <>
      <ul className="overflow-hidden rounded-lg border border-line bg-surface">
        {keys.map((key) => (
          <ApiKeyRow key={key.id} apiKey={key} />
        ))}
      </ul>
      {hasNextPage && (
        <Button className="justify-self-center" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? "Loading…" : "Show more keys"}
        </Button>
      )}
    </>
  )
}
