let coming: Promise<void> | null = null;

/** The sheets of the pages that come later, once; a page that lacks them is better than none. */
export function lateStyle(): Promise<void> {
  coming ??= new Promise((done) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = document.querySelector<HTMLMetaElement>('meta[name=late-style]')?.content ?? '';
    link.onload = (): void => done();
    link.onerror = (): void => { coming = null; done(); };
    document.head.append(link);
  });
  return coming;
}
