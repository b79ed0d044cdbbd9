import type { CredentialBody } from "@sluice/protocol/api/credentials"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { Trash2 } from "lucide-react"
import { useState } from "react"
import { api } from "../../api.ts"
import { Button } from "../../components/button.tsx"
import { Confirm } from "../../components/confirm.tsx"
import { messageOf } from "../../components/failure.tsx"
import { useNotify } from "../../components/toasts.tsx"
import { formatAgo, formatUtc } from "../../format/time.ts"
import { credentialsQuery } from "../../hooks/use-credentials.ts"
import { useMay } from "../../hooks/use-me.ts"
import { useNow } from "../../hooks/use-now.ts"
import { credentialTestQuery } from "./credential-test.ts"
import { TestResult } from "./test-result.tsx"

/** One credential: what is known of it, its test, and its end. */
export function CredentialRow({ credential }: { readonly credential: CredentialBody }) {
  const { id, label, last_four: lastFour, base_url: baseUrl, variable, source } = credential
  const test = useQuery(credentialTestQuery(id))
  const mayTest = useMay("credential:test")
  return (
    <li className="border-line border-t px-4 py-2.5 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <div className="min-w-0 flex-1 basis-60">
          <p className="truncate">
            <span className="font-medium">{label}</span>{" "}
            <span className="text-ink-mute">
              <span aria-hidden>····</span>
              <span className="sr-only">ends in </span>
              <span className="figures">{lastFour}</span>
            </span>
          </p>
          <p className="truncate text-ink-mute text-xs">
            {source === "env" ? (
              <>
                From the variable <code className="font-mono">{variable}</code>, read-only
              </>
            ) : (
              <Added credential={credential} />
            )}
            {credential.scope === "organization" && " · for every project of the organization"}
            {credential.scope === "installation" && " · offered to the whole installation"}
            <LastUsed at={credential.last_used_at} />
            {baseUrl && ` · ${baseUrl}`}
          </p>
        </div>
        {mayTest && (
          <Button size="small" disabled={test.isFetching} onClick={() => void test.refetch()}>
            {test.isFetching ? "Testing…" : "Test"}
          </Button>
        )}
        {source === "stored" && <DeleteCredential credential={credential} />}
      </div>
      <div role="status">{(test.data || test.error) && <TestResult result={test.data} error={test.error} />}</div>
    </li>
  )
}

function Added({ credential }: { readonly credential: CredentialBody }) {
  const now = useNow(30_000)
  return <span data-tip={formatUtc(credential.created_at)}>Added {formatAgo(credential.created_at, now)}</span>
}

function LastUsed({ at }: { readonly at: string | null }) {
  const now = useNow(30_000)
  if (at === null) return " · no use recorded yet"
  return <span data-tip={formatUtc(at)}> · used {formatAgo(at, now)}</span>
}

/** What deleting a credential takes, by how far it reaches. */
const neededFor = {
  project: "credential:write",
  organization: "credential:share",
  installation: "credential:offer",
} as const

function DeleteCredential({ credential }: { readonly credential: CredentialBody }) {
  const [isAsking, setIsAsking] = useState(false)
  const client = useQueryClient()
  const notify = useNotify()
  const mayWrite = useMay(neededFor[credential.scope])
  const deleting = useMutation({
    mutationFn: () => api.deleteCredential(credential.id),
    onSuccess: async () => {
      await client.invalidateQueries(credentialsQuery)
      notify("good", `The credential “${credential.label}” is deleted.`)
    },
    onError: (error) => notify("bad", `The credential was not deleted. ${messageOf(error)}`),
    onSettled: () => setIsAsking(false),
  })
  if (!mayWrite) return null
  return (
    <>
      <Button look="quiet" size="icon-small" label={`Delete ${credential.label}`} onClick={() => setIsAsking(true)}>
        <Trash2 aria-hidden />
      </Button>
      <Confirm
        isOpen={isAsking}
        title={`Delete “${credential.label}”?`}
        action="Delete credential"
        isBusy={deleting.isPending}
        onConfirm={() => deleting.mutate()}
        onClose={() => setIsAsking(false)}
      >
        Requests that need it fail from the next second on, unless there is another one for this provider. Its secret
        cannot be brought back; the provider still accepts it until you revoke it there.
      </Confirm>
    </>
  )
}
