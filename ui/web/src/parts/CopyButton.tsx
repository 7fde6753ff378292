import { useState } from 'preact/hooks';
import { Icon } from './icons';

/** The clipboard API is there on secure origins only; elsewhere a hidden field does it. */
async function copy(text: string): Promise<boolean> {
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

export function CopyButton({ text, disabled, label = 'Copy' }: { text: () => string; disabled?: boolean; label?: string }) {
  const [said, setSaid] = useState('');
  const clicked = async (): Promise<void> => {
    setSaid((await copy(text())) ? 'Copied' : 'Select and copy it by hand');
    window.setTimeout(() => setSaid(''), 2000);
  };
  return (
    <button type="button" class="btn copy" disabled={disabled} onClick={() => void clicked()}>
      <Icon name={said === 'Copied' ? 'check' : 'copy'} /><span aria-live="polite">{said || label}</span>
    </button>
  );
}
