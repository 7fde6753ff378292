import { signal } from '@preact/signals';

/** The clipboard API is there on secure origins only; elsewhere a hidden field does it. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'unseen';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

/** What is said quietly at the foot of the page for two seconds. */
export const said = signal('');
let timer: number | undefined;

export function say(text: string): void {
  said.value = text;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => { said.value = ''; }, 2000);
}

/** The address holds all that one sees: it is a link to this view. */
export async function copyLink(): Promise<void> {
  say((await copy(window.location.href)) ? 'Link copied' : 'The link could not be copied. Take it from the address bar.');
}
