import { Fragment, options, type ComponentChildren, type VNode } from 'preact';
import { visible } from './format';

function shown(child: ComponentChildren): ComponentChildren {
  if (typeof child === 'string') return visible(child);
  if (!Array.isArray(child)) return child;
  const next: ComponentChildren[] = child.map(shown);
  return next.some((each, i) => each !== child[i]) ? next : child;
}

const spoken = ['title', 'aria-label', 'placeholder', 'alt', 'label'];

function seen(vnode: VNode<Record<string, unknown>>): void {
  const { type, props } = vnode;
  if (typeof type === 'string') {
    for (const name of spoken) if (typeof props[name] === 'string') props[name] = visible(props[name]);
    if (type === 'option' && props['value'] === undefined && typeof props['children'] === 'string') props['value'] = props['children'];
  } else if (type !== Fragment) return;
  if (props['children'] != null) props['children'] = shown(props['children'] as ComponentChildren);
}

/** All text of the page goes through visible(): none of it hides characters, wherever it came from. What fields hold stays as it is. */
export function startVisible(): void {
  const before = options.vnode;
  options.vnode = (vnode) => { seen(vnode as VNode<Record<string, unknown>>); before?.(vnode); };
}
