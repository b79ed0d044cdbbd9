import { useQuery } from "@tanstack/react-query"
import { Navigate } from "@tanstack/react-router"
import { api } from "../api.ts"
import { Failure } from "./failure.tsx"
import { SkeletonRows } from "./skeleton.tsx"

/** The front door: the Overview once there are requests, the Quickstart before. */
export function Home() {
  const { data, error, refetch } = useQuery({
    queryKey: ["requests", "any"],
    queryFn: ({ signal }) => api.listRequests({ limit: 1 }, signal),
  })
  if (error) {
    return (
      <Failure className="m-6" title="The requests could not be loaded" error={error} onRetry={() => void refetch()} />
    )
  }
  if (!data) return <SkeletonRows rows={8} className="p-6" />
  return <Navigate to={data.data.length > 0 ? "/overview" : "/quickstart"} replace />
}
