import type { MeBody } from "@sluice/protocol/api/me"
import { queryOptions, useQuery } from "@tanstack/react-query"
import { api } from "../api.ts"

/** Who is signed in and where; asked once, and again when an answer says that nobody is. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => api.getMe(signal),
  staleTime: 60_000,
})

/** The signed-in person. For what stands inside the shell, which shows nothing before this is known. */
export function useMe(): MeBody {
  const { data } = useQuery(meQuery)
  if (!data) throw new Error("useMe is for what the shell shows to somebody signed in")
  return data
}

/** Whether the signed-in person holds a permission such as `credential:write`. The server decides; this hides what it would refuse. */
export function useMay(permission: string): boolean {
  return useMe().permissions.includes(permission)
}
