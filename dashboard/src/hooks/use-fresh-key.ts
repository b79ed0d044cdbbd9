import type { Limits } from "@sluice/protocol/limits"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { ApiError, api } from "../api.ts"

/** A key made in this visit. Its secret lives in this page's memory alone: a reload forgets it. */
export interface FreshKey {
  readonly id: string
  readonly name: string
  readonly key: string
}

const freshKeyQueryKey = ["fresh-key"]

/** The key made in this visit, and a way to make one with scope `gateway`: all that an application needs. */
export function useFreshKey({ onMinted }: { readonly onMinted?: () => void } = {}) {
  const client = useQueryClient()
  const { data: freshKey = null } = useQuery<FreshKey | null>({
    queryKey: freshKeyQueryKey,
    queryFn: () => null,
    initialData: null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  })
  const minting = useMutation({
    mutationFn: ({ name, limits }: { name: string; limits: Limits | undefined }) =>
      api.createApiKey({ name, scopes: ["gateway"], ...(limits && { limits }) }),
    onSuccess: async ({ id, name, key }) => {
      client.setQueryData<FreshKey>(freshKeyQueryKey, { id, name, key })
      onMinted?.()
      await client.invalidateQueries({ queryKey: ["api-keys"] })
    },
  })
  return {
    freshKey,
    mint: (name: string, limits?: Limits) => minting.mutate({ name, limits }),
    isMinting: minting.isPending,
    error: minting.error instanceof ApiError ? minting.error : null,
    forget: () => client.setQueryData<FreshKey | null>(freshKeyQueryKey, null),
  }
}
