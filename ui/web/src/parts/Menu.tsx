import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Choice { name: string; href?: string; run?: () => void; why?: string }

/** A button with a list of things to do; arrows walk, Esc closes and gives the focus back. */
export function Menu({ label, choices, children, kind = 'icon-button' }: { label: string; choices: Choice[]; children: ComponentChildren; kind?: string }) {
  const [open, setOpen] = useState(false);
  const whole = useRef<HTMLSpanElement>(null), button = useRef<HTMLButtonElement>(null);
  const shut = (): void => { setOpen(false); button.current?.focus(); };
  useLayoutEffect(() => {
    if (!open) return undefined;
    whole.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const outside = (event: Event): void => { if (!whole.current?.contains(event.target as Node)) setOpen(false); };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => { document.removeEventListener('pointerdown', outside); document.removeEventListener('focusin', outside); };
  }, [open]);
  const walk = (event: KeyboardEvent): void => {
    const items = [...whole.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus();
    else if (event.key === 'Escape') shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const chosen = (choice: Choice): void => { setOpen(false); choice.run?.(); };
  return (
    <span class="choices" ref={whole} onKeyDown={(event) => { if (open) walk(event); }}>
      <button type="button" class={kind} ref={button} aria-haspopup="menu" aria-expanded={open} aria-label={label} title={label} onClick={() => setOpen(!open)}>{children}</button>
      {open && (
        <span class="choices-list" role="menu" aria-label={label}>
          {choices.map((choice) => (choice.href && !choice.why
            ? <a key={choice.name} role="menuitem" tabIndex={-1} href={choice.href} onClick={() => chosen(choice)}>{choice.name}</a>
            : <button key={choice.name} type="button" role="menuitem" tabIndex={-1} disabled={choice.why !== undefined} title={choice.why} aria-description={choice.why} onClick={() => chosen(choice)}>{choice.name}</button>))}
        </span>
      )}
    </span>
  );
}
