import type { ReactNode } from "react"
import { Button } from "./button.tsx"
import { Dialog } from "./dialog.tsx"

interface ConfirmProps {
  readonly isOpen: boolean
  readonly title: string
  /** What will happen, and what cannot be undone. */
  readonly children: ReactNode
  /** The verb on the button, e.g. `Delete credential`. */
  readonly action: string
  readonly isBusy: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before something that cannot be undone. The safe button has the focus. */
export function Confirm({ isOpen, title, children, action, isBusy, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} label={title} className="max-w-md">
      <div className="grid gap-3 p-5">
        <h2 className="font-semibold">{title}</h2>
        <div className="text-ink-soft">{children}</div>
        <div className="mt-2 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" disabled={isBusy} onClick={onConfirm}>
            {isBusy ? "Working…" : action}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
