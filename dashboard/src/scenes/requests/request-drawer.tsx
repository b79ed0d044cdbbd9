import type { RequestBody } from "@sluice/protocol/api/requests"
import { useQuery } from "@tanstack/react-query"
import { ChevronDown, ChevronUp, Link, X } from "lucide-react"
import { useEffect, useRef } from "react"
import { ApiError, api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { CopyButton } from "../../components/copy-button.tsx"
import { Failure } from "../../components/failure.tsx"
import { SkeletonRows } from "../../components/skeleton.tsx"
import { RequestDetail } from "./request-detail.tsx"

interface RequestDrawerProps {
  readonly id: string
  /** The rows beside it, to step through. */
  readonly rows: readonly RequestBody[]
  readonly onOpen: (id: string) => void
  readonly onClose: () => void
}

const lookAgainMs = 1000

/** The open request: everything known of it, beside the list or, where there is no room, above it. */
export function RequestDrawer({ id, rows, onOpen, onClose }: RequestDrawerProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const position = rows.findIndex((row) => row.id === id)
  const { data, error, refetch } = useQuery({
    queryKey: ["request", id],
    queryFn: ({ signal }) => api.getRequest(id, signal),
    // What is recorded of a request does not change any more; a row at hand needs no second look.
    initialData: rows[position],
    staleTime: Number.POSITIVE_INFINITY,
    // A client knows its request's id before the request is stored.
    refetchInterval: (query) => (isMissing(query.state.error) ? lookAgainMs : false),
  })
  const step = (by: number) => {
    const row = position < 0 ? undefined : rows[position + by]
    return { isThere: row !== undefined, go: () => row && onOpen(row.id) }
  }
  const newer = step(-1)
  const older = step(1)
  return (
    <section
      aria-label="Request"
      onKeyDown={(event) => event.key === "Escape" && onClose()}
      className="w-108 shrink-0 overflow-y-auto border-line border-l bg-surface max-lg:absolute max-lg:inset-0 max-lg:z-20 max-lg:w-auto max-lg:border-l-0"
    >
      <header className="sticky top-0 z-10 flex h-11 items-center bg-surface gap-0.5 border-line border-b pr-2 pl-4">
        <h2 ref={heading} tabIndex={-1} className="mr-auto min-w-0 truncate font-mono text-xs">
          {id}
        </h2>
        <CopyButton text={id} label="Copy request id" />
        <CopyButton text={`${location.origin}/requests/${id}`} label="Copy link" icon={Link} />
        <Button look="quiet" size="icon-small" label="Newer request" disabled={!newer.isThere} onClick={newer.go}>
          <ChevronUp aria-hidden />
        </Button>
        <Button look="quiet" size="icon-small" label="Older request" disabled={!older.isThere} onClick={older.go}>
          <ChevronDown aria-hidden />
        </Button>
        <Button look="quiet" size="icon-small" label="Close" onClick={onClose}>
          <X aria-hidden />
        </Button>
      </header>
      <div className="p-4">
        {data ? (
          <RequestDetail request={data} />
        ) : error ? (
          <Failure {...explain(error)} onRetry={() => void refetch()} />
        ) : (
          <SkeletonRows rows={12} />
        )}
      </div>
    </section>
  )
}

function explain(error: Error): { readonly title: string; readonly error: Error } {
  if (isMissing(error)) {
    const why = new Error(
      "It belongs to another project, was mistyped, or ended a moment ago; in that case it appears here by itself.",
    )
    return { title: "There is no such request here", error: why }
  }
  return { title: "The request could not be loaded", error }
}

function isMissing(error: Error | null): boolean {
  return error instanceof ApiError && error.code === "not_found"
}
