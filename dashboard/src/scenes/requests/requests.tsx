import { useNavigate, useParams, useSearch } from "@tanstack/react-router"
import { RequestList } from "./request-list.tsx"

/** The page of requests. Filters and the open request are in its URL; other filters begin a new list. */
export function Requests() {
  const filters = useSearch({ from: "/requests" })
  const { requestId = null } = useParams({ strict: false })
  const navigate = useNavigate()
  return (
    <RequestList
      key={JSON.stringify(filters)}
      filters={filters}
      selectedId={requestId}
      onFilters={(search) => void navigate({ to: "/requests", search })}
      onOpen={(id) =>
        void navigate({
          to: "/requests/$requestId",
          params: { requestId: id },
          search: filters,
          // Going through requests with one open leaves one step to go back, not a hundred.
          replace: requestId !== null,
        })
      }
      onClose={() => void navigate({ to: "/requests", search: filters })}
    />
  )
}
