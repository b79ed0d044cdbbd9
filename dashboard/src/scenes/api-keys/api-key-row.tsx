import type { ApiKeyBody } from "@sluice/protocol/api/api-keys"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { Trash2 } from "lucide-react"
import { useState } from "react"
import { api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Confirm } from "../../components/confirm.tsx"
import { messageOf } from "../../components/failure.tsx"
import { useNotify } from "../../components/toasts.tsx"
import { formatAgo, formatUtc } from "../../format/time.ts"
import { useMay } from "../../hooks/use-me.ts"
import { useNow } from "../../hooks/use-now.ts"
import { EditKey } from "./edit-key.tsx"
import { describeLimits } from "./limits-draft.ts"

/** One key: what it may do, when it was used, and its end. */
export function ApiKeyRow({ apiKey }: { readonly apiKey: ApiKeyBody }) {
  const { name, last_four: lastFour, environment, scopes, created_at: createdAt, last_used_at: usedAt } = apiKey
  const now = useNow(30_000)
  const expires = apiKey.expires_at
  const limits = describeLimits(apiKey.limits)
  return (
    <li className="flex items-center gap-3 border-line border-t py-2.5 pr-2 pl-4 first:border-t-0">
      <div className="min-w-0 flex-1">
        <p className="truncate">
          <span className="font-medium">{name}</span>{" "}
          <span className="text-ink-mute">
            <span aria-hidden>····</span>
            <span className="sr-only">ends in </span>
            <span className="figures">{lastFour}</span>
          </span>
        </p>
        <p className="text-ink-mute text-xs">
          {environment} · {scopes.join(", ")} ·{" "}
          <span data-tip={formatUtc(createdAt)}>made {formatAgo(createdAt, now)}</span> ·{" "}
          {usedAt ? <span data-tip={formatUtc(usedAt)}>used {formatAgo(usedAt, now)}</span> : "no use recorded yet"}
          {expires && ` · ${Date.parse(expires) <= now ? "expired" : "expires"} ${formatUtc(expires)}`}
          {apiKey.models && ` · ${apiKey.models.join(", ")} only`}
        </p>
        {limits !== "" && <p className="figures text-ink-mute text-xs">{limits}</p>}
      </div>
      <EditKey apiKey={apiKey} />
      <RevokeKey apiKey={apiKey} />
    </li>
  )
}

function RevokeKey({ apiKey }: { readonly apiKey: ApiKeyBody }) {
  const [isAsking, setIsAsking] = useState(false)
  const client = useQueryClient()
  const notify = useNotify()
  const mayWrite = useMay("api-key:write")
  const revoking = useMutation({
    mutationFn: () => api.deleteApiKey(apiKey.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["api-keys"] })
      notify("good", `The key “${apiKey.name}” is revoked.`)
    },
    onError: (error) => notify("bad", `The key was not revoked. ${messageOf(error)}`),
    onSettled: () => setIsAsking(false),
  })
  if (!mayWrite) return null
  return (
    <>
      <Button look="quiet" size="icon-small" label={`Revoke ${apiKey.name}`} onClick={() => setIsAsking(true)}>
        <Trash2 aria-hidden />
      </Button>
      <Confirm
        isOpen={isAsking}
        title={`Revoke “${apiKey.name}”?`}
        action="Revoke key"
        isBusy={revoking.isPending}
        onConfirm={() => revoking.mutate()}
        onClose={() => setIsAsking(false)}
      >
        Whatever uses it is refused within a second. A revoked key cannot be brought back; its past requests stay.
      </Confirm>
    </>
  )
}
