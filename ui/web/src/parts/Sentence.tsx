import type { ComponentChildren } from 'preact';
import { Mark, type Tone } from './icons';

interface SentenceProps {
  tone: Tone;
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

/** The plain sentence that a page with a status begins with. */
export function Sentence({ tone, title, children, actions }: SentenceProps) {
  return (
    <section class={`sentence ${tone}`} aria-live="polite">
      <Mark tone={tone} size={34} />
      <div class="grow"><h2>{title}</h2>{children && <p>{children}</p>}</div>
      {actions && <div class="actions">{actions}</div>}
    </section>
  );
}

interface TroubleProps {
  error: { message: string; hint: string };
  retry?: () => void;
}

/** What failed, in words, what to do, and a way to try again. */
export function Trouble({ error, retry }: TroubleProps) {
  return (
    <div class="trouble" role="alert">
      <p>{error.message}{error.hint && <span class="mut"> {error.hint}</span>}</p>
      {retry && <button type="button" class="link" onClick={retry}>Try again</button>}
    </div>
  );
}
