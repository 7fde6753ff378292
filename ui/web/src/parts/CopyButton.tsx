import { useState } from 'preact/hooks';
import { copy } from '../lib/clipboard';
import { Icon } from './icons';

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
