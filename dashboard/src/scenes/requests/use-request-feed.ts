import type { RequestBody } from "@sluice/protocol/api/requests"
import { useMutation, useQuery } from "@tanstack/react-query"
import { useEffect, useReducer } from "react"
import { api } from "../../api.ts"
import { emptyFeed, type Feed, type FeedPage, showWaiting, takeNewest, takeOlder } from "./request-feed.ts"
import type { RequestFilters } from "./request-filters.ts"

const pageSize = 50
/** A request is to be seen within two seconds of its end; storing it takes up to one of them. */
const lookEveryMs = 1000

type Action =
  | { readonly type: "newest"; readonly page: FeedPage<RequestBody>; readonly isFollowing: boolean }
  | { readonly type: "older"; readonly page: FeedPage<RequestBody> }
  | { readonly type: "show" }

function reduce(feed: Feed<RequestBody>, action: Action): Feed<RequestBody> {
  switch (action.type) {
    case "newest":
      return takeNewest(feed, action.page, action.isFollowing)
    case "older":
      return takeOlder(feed, action.page)
    case "show":
      return showWaiting(feed)
  }
}

/**
 * The requests that match, newest first and live while the page is visible. Mount it anew for other filters. While
 * `isFollowing` is false new requests wait in `feed.waiting`.
 */
export function useRequestFeed(filters: RequestFilters, isFollowing: boolean) {
  const [feed, dispatch] = useReducer(reduce, emptyFeed as Feed<RequestBody>)
  const newest = useQuery({
    queryKey: ["requests", "newest", filters],
    queryFn: ({ signal }) => api.listRequests({ ...filters, limit: pageSize }, signal),
    refetchInterval: lookEveryMs,
    gcTime: 0,
  })
  useEffect(() => {
    if (newest.data) dispatch({ type: "newest", page: newest.data, isFollowing })
  }, [newest.data, isFollowing])
  const older = useMutation({
    mutationFn: (cursor: string) => api.listRequests({ ...filters, limit: pageSize, cursor }),
    onSuccess: (page) => dispatch({ type: "older", page }),
  })
  const { olderCursor } = feed
  return {
    feed,
    error: newest.error,
    retry: () => void newest.refetch(),
    isLoadingOlder: older.isPending,
    olderError: older.error,
    loadOlder: () => {
      if (olderCursor !== null && !older.isPending) older.mutate(olderCursor)
    },
    showWaiting: () => dispatch({ type: "show" }),
  }
}
