import { type ReactNode, useEffect, useRef } from "react"
import { classNames } from "./class-names.ts"

interface DialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly label: string
  readonly className?: string
  readonly children: ReactNode
}

/**
 * A modal dialog: the browser's own, which keeps the focus inside, gives it back, and closes on Escape without a line of ours.
 * A press on the backdrop closes it too.
 */
export function Dialog({ isOpen, onClose, label, className, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (!element || !isOpen) return
    element.showModal()
    return () => element.close()
  }, [isOpen])
  if (!isOpen) return null
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      onClose={onClose}
      onPointerDown={(event) => event.target === event.currentTarget && onClose()}
      className={classNames(
        "m-auto w-[calc(100vw-2rem)] rounded-xl border border-line bg-surface p-0 text-ink shadow-float",
        className,
      )}
    >
      {children}
    </dialog>
  )
}
