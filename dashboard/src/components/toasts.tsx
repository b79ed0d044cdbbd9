import { CircleAlert, CircleCheck, X } from "lucide-react"
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react"
import { Button } from "./button.tsx"

interface Toast {
  readonly id: number
  readonly tone: "good" | "bad"
  readonly text: string
}

/** Says that something is done, or that it failed and why. Good news leaves after some seconds; bad news is dismissed. */
export type Notify = (tone: Toast["tone"], text: string) => void

const NotifyContext = createContext<Notify>(() => undefined)
const goodForMs = 5000

export const useNotify = (): Notify => useContext(NotifyContext)

/** Holds the messages. Written without the usual library, whose injected style element a strict CSP refuses. */
export function Toasts({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const dismiss = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), [])
  const notify = useMemo<Notify>(() => {
    let next = 0
    return (tone, text) => {
      next += 1
      const toast = { id: next, tone, text }
      setToasts((shown) => [...shown.slice(-3), toast])
    }
  }, [])
  return (
    <NotifyContext value={notify}>
      {children}
      <section
        aria-label="Messages"
        aria-live="polite"
        className="pointer-events-none fixed right-4 bottom-4 z-40 flex w-88 max-w-[calc(100vw-2rem)] flex-col gap-2 max-md:bottom-18"
      >
        {toasts.map((toast) => (
          <ToastCard key={toast.id} toast={toast} dismiss={dismiss} />
        ))}
      </section>
    </NotifyContext>
  )
}

function ToastCard({ toast, dismiss }: { readonly toast: Toast; readonly dismiss: (id: number) => void }) {
  const { id, tone, text } = toast
  useEffect(() => {
    if (tone === "bad") return
    const timer = setTimeout(() => dismiss(id), goodForMs)
    return () => clearTimeout(timer)
  }, [id, tone, dismiss])
  const Icon = tone === "good" ? CircleCheck : CircleAlert
  return (
    <div className="pointer-events-auto flex items-start gap-2 rounded-lg border border-line bg-surface py-2 pr-1 pl-3 shadow-float">
      <Icon aria-hidden className={tone === "good" ? "mt-0.5 size-4 text-good" : "mt-0.5 size-4 text-bad"} />
      <p className="min-w-0 flex-1 break-words">{text}</p>
      <Button look="quiet" size="icon-small" className="-my-1" label="Dismiss" onClick={() => dismiss(id)}>
        <X aria-hidden />
      </Button>
    </div>
  )
}
